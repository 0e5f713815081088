import { z } from 'zod';
import type { ConfigMap, Pod, Service } from '../../kube/objects.ts';
import type { PortEntry, TombstoneRow } from '../../routing/haproxy/entries.ts';
import { annotations, labels } from '../../sandbox/cluster-names.ts';
import { perObject } from '../../util/per-object.ts';

/** What users and other programs may have written into objects is read here; what does not fit is left out. */

const routes = z.array(
  z.object({
    port: z.int().min(1).max(65_535),
    routerPort: z.int().min(1).max(65_535),
    protocol: z.enum(['http', 'tcp']),
  }),
);

const names = z.array(z.string());

export interface ShadowPort extends PortEntry {
  /** Port of the Service. */
  readonly port: number;
  /** In the pods: a number, or the name of a container's port. */
  readonly targetPort: number | string;
}

/** The ports of an enrolled Service; none where the shadow Service is not (yet) what the router needs. */
export const readShadow = perObject((shadow: Service): readonly ShadowPort[] => {
  const service = shadow.metadata.labels?.[labels.service];
  const host = shadow.spec.clusterIP;
  const parsed = routes.safeParse(json(shadow.metadata.annotations?.[annotations.routes]));
  if (service === undefined || !name.test(service) || !isAddress(host) || !parsed.success) return [];
  const workloads = names.safeParse(json(shadow.metadata.annotations?.[annotations.workloads]));
  const behind = workloads.success ? { workloads: workloads.data } : {};
  const close = shadow.metadata.annotations?.[annotations.releasing] !== undefined;
  return parsed.data.map(({ port, routerPort, protocol }) => {
    const targetPort = shadow.spec.ports?.find((one) => one.port === port)?.targetPort ?? port;
    return { service, port, routerPort, protocol, baseline: { host, port }, ...behind, close, targetPort };
  });
});

const tombstone = z.object({
  sandbox: z.string(),
  services: z.array(z.string()),
  reason: z.string(),
  until: z.string(),
});

/** A line that cannot be read still keeps its key from the baseline, where its services can be read. */
export function readTombstones(list: ConfigMap | null): readonly TombstoneRow[] {
  return list === null ? [] : tombstonesOf(list);
}

const tombstonesOf = perObject((list: ConfigMap): readonly TombstoneRow[] =>
  Object.entries(list.data ?? {}).flatMap(([key, text]) => {
    const parsed = tombstone.safeParse(json(text));
    if (!keyForm.test(key) || !parsed.success) return [];
    return [
      {
        key,
        services: parsed.data.services.filter((service) => name.test(service)),
        reason: /^[a-z][a-z0-9-]{0,62}$/.test(parsed.data.reason) ? parsed.data.reason : 'sandbox-gone',
      },
    ];
  }),
);

export const keyForm = /^[a-z0-9-]{20}$/;
const name = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** `<podUID>/<restarts of all containers>`, as the controller writes it. */
export function instanceOf(pod: Pod): string {
  return `${pod.metadata.uid ?? ''}/${restartsOf(pod)}`;
}

export function restartsOf(pod: Pod): number {
  return (pod.status?.containerStatuses ?? []).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** Whether its containers run, as far as the kubelet told. */
export function isRunning(pod: Pod): boolean {
  const statuses = pod.status?.containerStatuses ?? [];
  return (
    pod.status?.phase === 'Running' &&
    isAddress(pod.status.podIP) &&
    statuses.length === pod.spec.containers.length &&
    statuses.every(({ state }) => state?.running !== undefined)
  );
}

/** The number of a port of the pod; null where no container names it so. */
export function portOf(pod: Pod, port: number | string): number | null {
  if (typeof port === 'number') return port;
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const found = containers.flatMap(({ ports = [] }) => ports).find((one) => one.name === port);
  return found?.containerPort ?? null;
}

function isAddress(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-fA-F.:]+$/.test(text);
}

function json(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
