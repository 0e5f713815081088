import type { ConfigMap, Pod, Service } from '../../kube/objects.ts';
import {
  type ForkEntry,
  forkPorts,
  type RouterTable,
  type TombstoneRow,
} from '../../routing/haproxy/entries.ts';
import { baselineKey } from '../../routing/key.ts';
import type { Address } from '../../routing/table.ts';
import { annotations, labels } from '../../sandbox/cluster-names.ts';
import type { ResourceFork, SandboxResource } from '../../sandbox/resource.ts';
import { ownersOf } from '../fork/container.ts';
import { forkHash } from '../fork/names.ts';
import {
  instanceOf,
  isRunning,
  keyForm,
  portOf,
  readShadow,
  readTombstones,
  restartsOf,
  type ShadowPort,
} from './objects.ts';

/** What the API told of the router's namespace. */
export interface RouterWorld {
  readonly shadows: readonly Service[];
  readonly sandboxes: readonly SandboxResource[];
  /** Pods of forks. */
  readonly pods: readonly Pod[];
  readonly tombstones: ConfigMap | null;
}

/** What objects do not tell any more. Lost with the agent, whose next one goes by the objects alone. */
export interface RouterMemory {
  /** By key: sandboxes that were there. */
  readonly seen: ReadonlyMap<string, SeenSandbox>;
  /** By pod uid: its restarts when it was routed to first. */
  readonly served: ReadonlyMap<string, number>;
}

export interface SeenSandbox {
  readonly sandbox: string;
  readonly uid: string;
  readonly services: readonly string[];
  /** Since when it is missing; null while it is there. */
  readonly goneEpochMs: number | null;
}

export const emptyMemory: RouterMemory = { seen: new Map(), served: new Map() };

/** How long the router itself remembers a sandbox that went without a tombstone. */
export const localTombstoneMs = 60 * 60 * 1000;

/** A fork as the router's answers show it, and its pod where it has one that may serve. */
export interface DesiredFork {
  readonly sandbox: string;
  readonly sandboxUid: string;
  readonly entry: ForkEntry;
  readonly pod: Pod | null;
  /** Addresses in the pod, by router port of its own Service. */
  readonly addresses: ReadonlyMap<number, Address>;
}

export interface Desired {
  readonly table: RouterTable;
  readonly ports: readonly ShadowPort[];
  readonly forks: readonly DesiredFork[];
  readonly memory: RouterMemory;
}

/** The table that a router shall have. `serves`: whether the pod's instance answers, as the router itself asked. */
export function desiredTable(
  world: RouterWorld,
  serves: (instance: string) => boolean,
  memory: RouterMemory,
  nowEpochMs: number,
): Desired {
  const ports = world.shadows.flatMap(readShadow);
  const portsOf = forkPorts(ports);
  const living = world.sandboxes.filter(hasKey);
  const served = new Map(memory.served);
  const podsOf = Map.groupBy(world.pods, ({ metadata: { labels: own = {} } }) =>
    placeOf(own[labels.sandbox], own[labels.service]),
  );
  const forks = living.flatMap((sandbox) =>
    sandbox.spec.forks.map((wanted): DesiredFork => {
      const pods = podsOf.get(placeOf(sandbox.metadata.name, wanted.service)) ?? [];
      const fork = desiredFork(sandbox, wanted, pods, portsOf(wanted), serves, served);
      const uid = fork.pod?.metadata.uid;
      if (fork.entry.kind === 'fork' && fork.pod !== null && uid !== undefined && !served.has(uid)) {
        served.set(uid, restartsOf(fork.pod));
      }
      return fork;
    }),
  );
  const uids = new Set(world.pods.map(({ metadata }) => metadata.uid));
  for (const uid of served.keys()) if (!uids.has(uid)) served.delete(uid);
  const listed = readTombstones(world.tombstones);
  const seen = remember(memory.seen, living, nowEpochMs);
  return {
    table: { ports, forks: forks.map(({ entry }) => entry), tombstones: [...listed, ...local(seen, listed)] },
    ports,
    forks,
    memory: { seen, served },
  };
}

/** Keys of the table before that no sandbox and no tombstone has any more: nobody asks for their hops again. */
export function endedKeys(before: RouterTable, after: RouterTable): string[] {
  const kept = keysOf(after);
  return [...keysOf(before)].filter((key) => !kept.has(key));
}

function keysOf({ forks, tombstones }: RouterTable): Set<string> {
  return new Set([...forks, ...tombstones].map(({ key }) => key));
}

type KeyedSandbox = SandboxResource & { readonly status: { readonly routingKey: string } };

function hasKey(sandbox: SandboxResource): sandbox is KeyedSandbox {
  const key = sandbox.status?.routingKey;
  return key !== undefined && keyForm.test(key) && key !== baselineKey;
}

function placeOf(sandbox: string | undefined, service: string | undefined): string {
  return `${sandbox} ${service}`;
}

/**
 * `pods`: of the sandbox and service. Only one that was made from what the Sandbox says now may serve: an older one is
 * not what is under trial.
 */
function desiredFork(
  sandbox: KeyedSandbox,
  wanted: ResourceFork,
  pods: readonly Pod[],
  ports: readonly ShadowPort[],
  serves: (instance: string) => boolean,
  served: ReadonlyMap<string, number>,
): DesiredFork {
  const { name, uid: sandboxUid = '' } = sandbox.metadata;
  const { service } = wanted;
  const key = sandbox.status.routingKey;
  const hash = forkHash(wanted);
  const mine = pods.filter(({ metadata }) => metadata.annotations?.[annotations.fork] === hash);
  const pod = newest(mine.filter(mayServe));
  const all = pod === null ? new Map<number, Address>() : addressesOf(pod, ports);
  // Ports of other Services lead to it too, but whether it serves is asked at those of its own.
  const own = new Set(ports.filter((port) => port.service === service).map(({ routerPort }) => routerPort));
  const addresses = new Map([...all].filter(([routerPort]) => own.has(routerPort)));
  const fork = (entry: ForkEntry): DesiredFork => ({ sandbox: name, sandboxUid, entry, pod, addresses });
  const id = { service, key, ...(wanted.workload === undefined ? {} : { workload: wanted.workload }) };
  const refused = (reason: string) => fork({ ...id, kind: 'refused', reason });
  if (sandbox.metadata.deletionTimestamp !== undefined) return refused('torn-down');
  if (pod === null) {
    return refused(
      mine.some(({ metadata }) => served.has(metadata.uid ?? '')) ? 'fork-gone' : 'fork-not-ready',
    );
  }
  if (hasExited(sandbox, service, pod, served)) return refused('fork-exited');
  const instance = instanceOf(pod);
  if (!isRunning(pod) || !serves(instance)) return refused('fork-not-ready');
  return fork({ ...id, kind: 'fork', sandbox: name, instance, addresses: all });
}

/** It ended by itself: what the kubelet starts in its place is not what was under trial. */
function hasExited(
  sandbox: SandboxResource,
  service: string,
  pod: Pod,
  served: ReadonlyMap<string, number>,
): boolean {
  const status = sandbox.status?.forks?.find((one) => one.service === service);
  const told = status?.exit !== undefined && status.podUID === pod.metadata.uid && !status.ready;
  const first = served.get(pod.metadata.uid ?? '');
  if (told || (first !== undefined && restartsOf(pod) > first)) return true;
  const statuses = pod.status?.containerStatuses ?? [];
  return first !== undefined && statuses.some(({ state }) => state?.terminated !== undefined);
}

function mayServe({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined && status?.phase !== 'Failed' && status?.phase !== 'Succeeded'
  );
}

function newest(pods: readonly Pod[]): Pod | null {
  const time = ({ metadata }: Pod) => `${metadata.creationTimestamp ?? ''} ${metadata.uid ?? ''}`;
  return [...pods].sort((a, b) => (time(a) < time(b) ? 1 : -1))[0] ?? null;
}

function addressesOf(pod: Pod, ports: readonly ShadowPort[]): Map<number, Address> {
  const addresses = new Map<number, Address>();
  const host = pod.status?.podIP;
  for (const one of ports) {
    if (host === undefined) continue;
    const port = portOf(pod, one.targetPort);
    if (port !== null && meetsFork(pod, one.targetPort)) addresses.set(one.routerPort, { host, port });
  }
  return addresses;
}

/**
 * Whether requests to a port of the pod meet what was forked. A Service may lead to several containers, and those that
 * are as in the baseline prove nothing, though they run beside the change.
 */
function meetsFork({ metadata: { annotations: own = {} }, spec }: Pod, targetPort: number | string): boolean {
  const chosen = own[annotations.container];
  // Its owner says what answers, or it is of a version that noted nothing.
  if (chosen === undefined || own[annotations.serves] !== undefined) return true;
  const [owner, second] = ownersOf(spec, targetPort);
  if (owner === undefined || second !== undefined || owner === chosen) return true;
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  const imageOf = (container: string) => all.find(({ name }) => name === container)?.image;
  return imageOf(owner) === imageOf(chosen);
}

/** All that had a key, with each service that was forked as long as it was there. */
function remember(
  before: ReadonlyMap<string, SeenSandbox>,
  living: readonly KeyedSandbox[],
  nowEpochMs: number,
): Map<string, SeenSandbox> {
  const seen = new Map<string, SeenSandbox>();
  for (const { metadata, spec, status } of living) {
    const services = spec.forks.map(({ service }) => service);
    const { name, uid = '' } = metadata;
    seen.set(status.routingKey, { sandbox: name, uid, services, goneEpochMs: null });
  }
  for (const [key, one] of before) {
    if (seen.has(key)) continue;
    const goneEpochMs = one.goneEpochMs ?? nowEpochMs;
    if (goneEpochMs + localTombstoneMs > nowEpochMs) seen.set(key, { ...one, goneEpochMs });
  }
  return seen;
}

/** Sandboxes that went without a tombstone in the list, or with one that names fewer services. */
function local(seen: ReadonlyMap<string, SeenSandbox>, listed: readonly TombstoneRow[]): TombstoneRow[] {
  const byKey = Map.groupBy(listed, ({ key }) => key);
  return [...seen].flatMap(([key, { services, goneEpochMs }]) => {
    if (goneEpochMs === null) return [];
    const known = new Set((byKey.get(key) ?? []).flatMap((one) => one.services));
    const left = services.filter((service) => !known.has(service));
    return left.length === 0 ? [] : [{ key, services: left, reason: 'sandbox-gone' }];
  });
}
