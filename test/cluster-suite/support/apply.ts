import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldManagers } from '../../../src/sandbox/cluster-names.ts';
import type { Cluster } from './cluster.ts';

export const crdYaml = readFileSync(join(import.meta.dirname, '../../../deploy/crd.yaml'), 'utf8');

/** Server-side apply of one or more YAML documents, as the first owner of a manifest does. */
export async function applyYaml(
  cluster: Cluster,
  yaml: string,
  options: { readonly namespace?: string; readonly fieldManager?: string } = {},
): Promise<void> {
  const namespace = options.namespace === undefined ? [] : ['--namespace', options.namespace];
  const manager = `--field-manager=${options.fieldManager ?? 'test-owner'}`;
  await cluster.kubectl(['apply', '--server-side', manager, ...namespace, '-f', '-'], { input: yaml });
}

/** The Sandbox resource, as `seatrial install` would bring it. */
export async function applyCrd(cluster: Cluster): Promise<void> {
  await applyYaml(cluster, crdYaml, { fieldManager: fieldManagers.cli });
}

/** Waits for Deployments to be rolled out; a rejection shows their pods. */
export async function rolledOut(
  cluster: Cluster,
  namespace: string,
  workloads: readonly string[],
  seconds = 120,
): Promise<void> {
  for (const workload of workloads) {
    const waited = await cluster.tryKubectl(
      ['-n', namespace, 'rollout', 'status', workload, `--timeout=${seconds}s`],
      { seconds: seconds + 10 },
    );
    if (waited.code === 0) continue;
    const pods = await cluster.tryKubectl(['-n', namespace, 'describe', 'pods']);
    throw new Error(`${workload} is not rolled out: ${waited.stderr}\n${pods.stdout.slice(-6_000)}`);
  }
}
