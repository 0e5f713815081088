import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { SeatrialError } from '../../../errors.ts';
import type { KubeApi, Resource } from '../../../kube/api.ts';
import type { Deployment, KubeObject, Pod } from '../../../kube/objects.ts';
import { resources } from '../../../kube/resources.ts';

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});

export type Manifest = z.infer<typeof manifest>;

export function readManifests(yaml: string): Manifest[] {
  return parseAllDocuments(yaml).map((document) => manifest.parse(document.toJS()));
}

/** Server-side apply in the order given. */
export async function applyManifests(
  kube: KubeApi,
  namespace: string,
  manifests: readonly Manifest[],
  signal: AbortSignal,
): Promise<void> {
  for (const object of manifests) {
    const resource = resourceOf(object);
    const body = { ...object, metadata: { ...object.metadata, namespace } };
    const patch = { kind: 'apply', body, fieldManager: 'seatrial-demo', force: true } as const;
    await kube.patch({ resource, namespace, name: object.metadata.name }, patch, signal);
  }
}

function resourceOf({ kind, apiVersion }: Manifest): Resource {
  const found = Object.values<Resource>(resources).find(
    ({ group, version, kind: own }) =>
      own === kind && apiVersion === (group === '' ? version : `${group}/${version}`),
  );
  if (found === undefined) throw new Error(`no resource for ${apiVersion} ${kind}`);
  return found;
}

/** Waits until the Deployments of `namespace` serve what was asked of them last. */
export async function rolledOut(
  kube: KubeApi,
  namespace: string,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const { items } = await kube.list<Deployment>(resources.deployments, { namespace }, signal);
    const waiting = items.filter((each) => !isRolledOut(each)).map(({ metadata }) => metadata.name);
    if (waiting.length === 0) return;
    if (Date.now() > deadline) {
      throw new SeatrialError('demo-failed', {
        what: `${waiting.join(', ')} in namespace ${namespace} did not get ready within ${seconds} s.`,
        why: await podProblems(kube, namespace, signal),
        next: `See kubectl -n ${namespace} get pods, then start the demo again.`,
      });
    }
    await sleep(200, undefined, { signal });
  }
}

function isRolledOut({ metadata, spec, status }: Deployment): boolean {
  const wanted = spec.replicas ?? 1;
  return (
    status !== undefined &&
    status.observedGeneration === metadata.generation &&
    status.updatedReplicas === wanted &&
    status.availableReplicas === wanted &&
    status.replicas === wanted
  );
}

async function podProblems(kube: KubeApi, namespace: string, signal: AbortSignal): Promise<string> {
  const { items } = await kube.list<Pod>(resources.pods, { namespace }, signal);
  const problems = items.flatMap(({ metadata, status }) =>
    (status?.containerStatuses ?? [])
      .filter(({ ready }) => ready !== true)
      .map(
        ({ state }) =>
          `${metadata.name}: ${state?.waiting?.reason ?? state?.terminated?.reason ?? 'not ready'}`,
      ),
  );
  return problems.slice(0, 5).join('; ') || 'No pod was made yet.';
}

export async function createNamespace(
  kube: KubeApi,
  name: string,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const object: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  await kube.create(resources.namespaces, object, signal);
}

/** Deletes the namespace and waits until it is gone: false where it still is after `seconds`. */
export async function removeNamespace(
  kube: KubeApi,
  name: string,
  seconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  const ref = { resource: resources.namespaces, name };
  await kube.delete(ref, { propagation: 'Background' }, signal);
  const deadline = Date.now() + seconds * 1000;
  while ((await kube.get(ref, signal)) !== null) {
    if (Date.now() > deadline) return false;
    await sleep(200, undefined, { signal });
  }
  return true;
}
