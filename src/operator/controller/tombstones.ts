import { z } from 'zod';
import { type KubeApi, KubeError } from '../../kube/api.ts';
import type { ConfigMap } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { fieldManagers, labels, objectNames } from '../../sandbox/cluster-names.ts';
import type { TombstoneEntry } from '../agent-api.ts';

/** A key is refused for so long after its sandbox (design.md, section 4). */
export const tombstoneMs = 3_600_000;

const entrySchema = z.object({
  sandbox: z.string(),
  services: z.array(z.string()),
  reason: z.string(),
  until: z.string(),
});

/** Null where it is no entry of ours. */
export function parseTombstone(text: string): TombstoneEntry | null {
  try {
    return entrySchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * The list has no room for one more. A key that is not on it is refused all the same as long as its Sandbox is there,
 * which therefore stays.
 */
export class TombstonesFull extends Error {
  override readonly name = 'TombstonesFull';
  readonly namespace: string;

  constructor(namespace: string, options: ErrorOptions) {
    super(`the list of tombstones of namespace ${namespace} is full`, options);
    this.namespace = namespace;
  }
}

/** A ConfigMap holds 1 MiB; beyond what etcd takes the API server refuses it by its size. */
function isFull(error: unknown): boolean {
  if (!(error instanceof KubeError)) return false;
  return error.status === 413 || (error.status === 422 && /too long|too large/i.test(error.message));
}

/** What to tell of it: how many keys there are, and when the first of them is let go. */
export function fullText(list: ConfigMap | null, namespace: string): string {
  const until = Object.values(list?.data ?? {})
    .flatMap((text) => parseTombstone(text)?.until ?? [])
    .toSorted()[0];
  const count = Object.keys(list?.data ?? {}).length;
  return (
    `ConfigMap ${objectNames.tombstones} of namespace ${namespace}, the list of keys that are refused, is full with ${count} keys of the last hour. ` +
    'Requests with the key are refused all the same as long as the Sandbox is there, and it stays until there is room: ' +
    `the first key is let go ${until === undefined ? 'within the hour' : `at ${until}`}. Nothing is to be done, but to make fewer sandboxes an hour in one namespace.`
  );
}

/** Keys whose time is over, or that hold nothing readable. */
export function overdue(list: ConfigMap, nowEpochMs: number): readonly string[] {
  return Object.entries(list.data ?? {})
    .filter(([, text]) => {
      const until = Date.parse(parseTombstone(text)?.until ?? '');
      return Number.isNaN(until) || until <= nowEpochMs;
    })
    .map(([key]) => key);
}

/**
 * Writes one entry into the list of the namespace, in one request where the list is there; others' entries stay. With
 * several replicas and sandboxes at once none is lost, as a merge patch touches its own key alone.
 */
export async function writeTombstone(
  kube: KubeApi,
  namespace: string,
  key: string,
  entry: TombstoneEntry,
  signal: AbortSignal,
): Promise<void> {
  const ref = { resource: resources.configMaps, namespace, name: objectNames.tombstones };
  const data = { [key]: JSON.stringify(entry) };
  const patch = { kind: 'merge', body: { data }, fieldManager: fieldManagers.controller } as const;
  try {
    await kube.patch(ref, patch, signal);
    return;
  } catch (error) {
    if (isFull(error)) throw new TombstonesFull(namespace, { cause: error });
    if (!(error instanceof KubeError && error.status === 404)) throw error;
  }
  const list: ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: objectNames.tombstones,
      namespace,
      labels: { [labels.role]: 'tombstones', [labels.managedBy]: 'seatrial' },
    },
    data,
  };
  try {
    await kube.create(resources.configMaps, list, signal);
  } catch (error) {
    if (!(error instanceof KubeError && error.status === 409)) throw error;
    await kube.patch(ref, patch, signal);
  }
}

/** Takes entries off the list, all in one write. */
export async function removeTombstones(
  kube: KubeApi,
  namespace: string,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const ref = { resource: resources.configMaps, namespace, name: objectNames.tombstones };
  const body = { data: Object.fromEntries(keys.map((key) => [key, null])) };
  await kube.patch(ref, { kind: 'merge', body, fieldManager: fieldManagers.controller }, signal);
}
