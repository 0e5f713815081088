import { z } from 'zod';
import { type KubeApi, KubeError } from '../../kube/api.ts';
import type { ConfigMap } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { labels, objectNames } from '../../sandbox/cluster-names.ts';

/** An entry of the list of what is to be enrolled in a namespace: ConfigMap `seatrial-enrolment`, key the Service. */
export interface ListEntry {
  readonly by: 'user' | 'sandbox';
  /** RFC 3339. */
  readonly since: string;
  readonly lastUsed: string;
  /** `seatrial release` of one Service of a namespace that is enrolled as a whole. */
  readonly released?: true;
  /** Somebody else restored the Service too often: left alone until it is enrolled by hand again. */
  readonly stopped?: { readonly manager: string; readonly message: string; readonly next: string };
}

export type EnrolmentList = Readonly<Record<string, ListEntry>>;

/** The key that stands for all Services of the namespace; no Service may be called so. */
export const allServices = '_all';

const schema = z.object({
  by: z.enum(['user', 'sandbox']),
  since: z.string(),
  lastUsed: z.string(),
  released: z.literal(true).optional(),
  stopped: z.object({ manager: z.string(), message: z.string(), next: z.string() }).optional(),
});

/** Entries that were broken by hand are left out. */
export function readList(object: ConfigMap | null): EnrolmentList {
  const entries = Object.entries(object?.data ?? {}).flatMap(([service, text]) => {
    try {
      return [[service, schema.parse(JSON.parse(text)) as ListEntry] as const];
    } catch {
      return [];
    }
  });
  return Object.fromEntries(entries);
}

function listRef(namespace: string) {
  return { resource: resources.configMaps, namespace, name: objectNames.enrolment } as const;
}

export async function getList(kube: KubeApi, namespace: string, signal: AbortSignal): Promise<EnrolmentList> {
  return readList(await kube.get<ConfigMap>(listRef(namespace), signal));
}

/** Writes these entries and leaves the others as they are; null removes one. No write where nothing changes. */
export async function writeList(
  kube: KubeApi,
  namespace: string,
  changes: Readonly<Record<string, ListEntry | null>>,
  signal: AbortSignal,
): Promise<void> {
  if (Object.keys(changes).length === 0) return;
  const data = Object.fromEntries(
    Object.entries(changes).map(([key, entry]) => [key, entry === null ? null : JSON.stringify(entry)]),
  );
  const patch = () => kube.patch<ConfigMap>(listRef(namespace), { kind: 'merge', body: { data } }, signal);
  try {
    await patch();
  } catch (error) {
    if (!(error instanceof KubeError) || error.status !== 404) throw error;
    await createList(kube, namespace, signal);
    await patch();
  }
}

async function createList(kube: KubeApi, namespace: string, signal: AbortSignal): Promise<void> {
  const list: ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: objectNames.enrolment,
      namespace,
      labels: { [labels.managedBy]: 'seatrial', [labels.role]: 'enrolment' },
    },
    data: {},
  };
  try {
    await kube.create(resources.configMaps, list, signal);
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== 'AlreadyExists') throw error;
  }
}

export async function deleteList(kube: KubeApi, namespace: string, signal: AbortSignal): Promise<void> {
  await kube.delete(listRef(namespace), {}, signal);
}
