import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeApi } from '../../../kube/api.ts';
import type { Deployment } from '../../../kube/objects.ts';
import { resources } from '../../../kube/resources.ts';
import { objectNames } from '../../../sandbox/cluster-names.ts';

/** Namespace of a controller that serves `namespace`; null where there is none. */
export async function findInstallation(
  kube: KubeApi,
  namespace: string,
  signal: AbortSignal,
): Promise<string | null> {
  const fieldSelector = `metadata.name=${objectNames.controller}`;
  const { items } = await kube.list<Deployment>(resources.deployments, { fieldSelector }, signal);
  const serves = ({ spec, status }: Deployment) => {
    const env = spec.template.spec.containers[0]?.env ?? [];
    const only = env.find(({ name }) => name === 'SEATRIAL_NAMESPACES')?.value ?? '';
    return (status?.readyReplicas ?? 0) > 0 && (only === '' || only.split(',').includes(namespace));
  };
  return items.find(serves)?.metadata.namespace ?? null;
}

export async function hasCrd(kube: KubeApi, signal: AbortSignal): Promise<boolean> {
  const ref = { resource: resources.customResourceDefinitions, name: 'sandboxes.seatrial.dev' };
  return (await kube.get(ref, signal)) !== null;
}

/** A name for the image of this very build. */
export async function systemImage(packageRoot: string): Promise<string> {
  const hash = createHash('sha256');
  const dist = join(packageRoot, 'dist');
  const files = (await readdir(dist, { recursive: true })).filter((name) => name.endsWith('.js')).toSorted();
  for (const name of files) hash.update(name).update(await readFile(join(dist, name)));
  return `seatrial:demo-${hash.digest('hex').slice(0, 12)}`;
}
