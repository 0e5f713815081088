import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApi } from '../../../src/kube/api.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { openCluster } from './cluster.ts';
import { ownImage } from './image.ts';

const variable = 'SEATRIAL_SUITE_RUN';

/** Six hex digits that stand in the name of every namespace of a run of the suite; null outside of one. */
export function runId(): string | null {
  return process.env[variable] ?? null;
}

/**
 * Vitest calls it before all files, and what it gives after them. All files run from one image; each begins to clean up
 * behind it, and that the cluster is clean in the end is waited for once.
 */
export default async function begin(): Promise<() => Promise<void>> {
  const cluster = await openCluster();
  const run = randomBytes(3).toString('hex');
  process.env[variable] = run;
  process.env.SEATRIAL_IMAGE = await ownImage(cluster);
  return async () => {
    await nothingLeft(cluster.kube, run);
    cluster.kube.close();
  };
}

const clusterWide = [
  resources.namespaces,
  resources.clusterRoles,
  resources.clusterRoleBindings,
  resources.admissionPolicies,
  resources.admissionPolicyBindings,
];

/** Resolves once nothing in the cluster carries the run's id in its name; rejects after `seconds` with what does. */
export async function nothingLeft(kube: KubeApi, run: string, seconds = 120): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const left = await leftOf(kube, run);
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new Error(`Left behind by the suite: ${left.join('\n')}`);
    await sleep(1_000);
  }
}

async function leftOf(kube: KubeApi, run: string): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(30_000);
  const lists = await Promise.all(
    clusterWide.map(async (resource) => {
      const { items } = await kube.list<KubeObject & { readonly status?: object }>(resource, {}, signal);
      const own = items.filter(({ metadata }) => metadata.name.includes(`-${run}`));
      return own.map(
        ({ metadata, status }) => `${resource.kind} ${metadata.name} ${JSON.stringify(status ?? {})}`,
      );
    }),
  );
  return lists.flat();
}
