import type { Gateways } from '../gateway/gateways.ts';
import type { KubeApi } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import type { Removal } from '../sandbox/engine.ts';
import type { Entry, SandboxStore } from './store.ts';

interface TeardownParts {
  readonly kube: KubeApi;
  readonly namespace: string;
  readonly store: SandboxStore;
  readonly gateways: Gateways;
  readonly waitMs: number;
}

/** How often the API itself is asked, should the watch be silent. */
const verifyMs = 5_000;

/**
 * Has the API delete it and waits until it is gone, which its finalizer holds up until the key is refused and the pods
 * are verified absent. Rejects with a KubeError where the API refuses.
 */
export async function teardownEntry(entry: Entry, parts: TeardownParts): Promise<Removal> {
  if (entry.goneMs !== null) return { removed: [], left: [] };
  const { kube, namespace, store, gateways } = parts;
  const { name, uid = '' } = entry.resource.metadata;
  const closed = await gateways.close(name);
  const ref = { resource: resources.sandboxes, namespace, name };
  const taken = await kube.delete(ref, { uid }, AbortSignal.timeout(30_000));
  if (!taken) await store.verify(entry, AbortSignal.timeout(30_000));
  const limit = performance.now() + parts.waitMs;
  while (entry.goneMs === null && performance.now() < limit) {
    const { version } = entry.changes;
    const changed = entry.changes.after(version, AbortSignal.timeout(verifyMs)).catch(() => null);
    if ((await changed) === null) await store.verify(entry, AbortSignal.timeout(30_000)).catch(() => {});
  }
  const { status } = entry.resource;
  if (entry.goneMs === null) {
    return { removed: closed, left: [{ what: `Sandbox ${namespace}/${name}`, why: whyLeft(entry) }] };
  }
  const pods = (status?.forks ?? []).flatMap(({ service, podName }) =>
    podName === undefined ? [] : [`pod ${podName} (${service})`],
  );
  return {
    removed: [`routing key of sandbox ${name}`, ...closed, ...pods, `Sandbox ${namespace}/${name}`],
    left: [],
  };
}

function whyLeft({ resource }: Entry): string {
  const said = resource.status?.conditions?.find(({ status, message }) => status === 'False' && message);
  const finalizers = resource.metadata.finalizers?.join(', ') ?? 'none';
  return (
    `It is being deleted, but not gone yet (finalizers: ${finalizers}). ${said?.message ?? ''} ` +
    'If it stays, see whether the controller runs: `seatrial doctor`.'
  ).replace(/\s+/g, ' ');
}
