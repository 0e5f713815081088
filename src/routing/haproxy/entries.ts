import { baselineKey } from '../key.ts';
import type { Address } from '../table.ts';

/** What a router knows, as data: `mapEntries` makes the whole table of HAProxy of it. */
export interface RouterTable {
  readonly ports: readonly PortEntry[];
  readonly forks: readonly ForkEntry[];
  readonly tombstones: readonly TombstoneRow[];
}

/** One port of an enrolled Service. */
export interface PortEntry {
  readonly service: string;
  readonly routerPort: number;
  readonly protocol: 'http' | 'tcp';
  readonly baseline: Address;
  /** Deployments behind it. A fork serves every Service that leads to what it was forked from. */
  readonly workloads?: readonly string[];
  /** Answers carry `Connection: close`, so that callers come anew and no longer to this router. */
  readonly close: boolean;
}

/** One service and key. */
export type ForkEntry = {
  readonly service: string;
  readonly key: string;
  /** The Deployment that is forked, where the Service alone does not tell. */
  readonly workload?: string;
} & (
  | {
      readonly kind: 'fork';
      readonly sandbox: string;
      readonly instance: string;
      /** Address by router port. */
      readonly addresses: ReadonlyMap<number, Address>;
    }
  | { readonly kind: 'refused'; readonly reason: string }
);

export interface TombstoneRow {
  readonly key: string;
  readonly services: readonly string[];
  readonly reason: string;
}

/**
 * Entries by what a request is looked up as:
 *
 * - `<router port>` → `<host> <port> <service> <keep | close>`: the baseline
 * - `<router port>:<key>` → `f <host> <port> <sandbox> <instance>`, or `r <reason>`
 * - `k:<key>` → `1`: hops of the key are counted
 *
 * A tombstone wins over a fork. A fork that has no address for a port of its service is refused there, and so are
 * requests to a Service that leads to several Deployments of which the sandbox forks more than one.
 */
export function mapEntries(table: RouterTable): Map<string, string> {
  const entries = new Map<string, string>();
  const put = (name: string, ...words: readonly string[]) =>
    entries.set(word(name), words.map(word).join(' '));
  for (const { service, routerPort, baseline, close } of table.ports) {
    put(String(routerPort), baseline.host, String(baseline.port), service, close ? 'close' : 'keep');
  }
  const portsOf = forkPorts(table.ports);
  const own = new Set(table.forks.map(({ service, key }) => `${service} ${key}`));
  for (const fork of table.forks) {
    if (fork.key === baselineKey) continue;
    put(`k:${fork.key}`, '1');
    for (const { service, routerPort } of portsOf(fork)) {
      const name = `${routerPort}:${fork.key}`;
      const isOther = service !== fork.service;
      // The sandbox has a fork of its own for that Service.
      if (isOther && own.has(`${service} ${fork.key}`)) continue;
      const address = fork.kind === 'fork' ? fork.addresses.get(routerPort) : undefined;
      if (isOther && entries.has(name)) put(name, 'r', 'fork-ambiguous');
      else if (fork.kind === 'refused') put(name, 'r', fork.reason);
      else if (address === undefined) put(name, 'r', 'fork-without-port');
      else put(name, 'f', address.host, String(address.port), fork.sandbox, fork.instance);
    }
  }
  for (const { key, services, reason } of table.tombstones) {
    if (key === baselineKey) continue;
    put(`k:${key}`, '1');
    for (const service of services) {
      for (const { routerPort } of portsOf({ service })) put(`${routerPort}:${key}`, 'r', reason);
    }
  }
  return entries;
}

/**
 * The HTTP ports through which callers reach what was forked: those of its Service first, then those of every other
 * Service that leads to the same Deployment.
 */
export function forkPorts<T extends PortEntry>(
  ports: readonly T[],
): (fork: Pick<ForkEntry, 'service' | 'workload'>) => readonly T[] {
  const byService = new Map<string, T[]>();
  const byWorkload = new Map<string, T[]>();
  const add = (map: Map<string, T[]>, name: string, port: T) =>
    map.set(name, [...(map.get(name) ?? []), port]);
  for (const port of ports) {
    if (port.protocol !== 'http') continue;
    add(byService, port.service, port);
    for (const workload of port.workloads ?? []) add(byWorkload, workload, port);
  }
  return ({ service, workload }) => {
    const own = byService.get(service) ?? [];
    const workloads = workload === undefined ? own.flatMap((port) => port.workloads ?? []) : [workload];
    return [...new Set([...own, ...workloads.flatMap((name) => byWorkload.get(name) ?? [])])];
  };
}

/** What HAProxy's socket and Lua take as one word. All that comes here was parsed before: anything else is a defect. */
function word(text: string): string {
  if (!/^[\w.:/=-]+$/.test(text)) throw new Error(`no word of a table: ${JSON.stringify(text)}`);
  return text;
}
