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
  /** Answers carry `Connection: close`, so that callers come anew and no longer to this router. */
  readonly close: boolean;
}

/** One service and key. */
export type ForkEntry =
  | {
      readonly kind: 'fork';
      readonly service: string;
      readonly key: string;
      readonly sandbox: string;
      readonly instance: string;
      /** Address by router port. */
      readonly addresses: ReadonlyMap<number, Address>;
    }
  | { readonly kind: 'refused'; readonly service: string; readonly key: string; readonly reason: string };

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
 * A tombstone wins over a fork. A fork that has no address for a port of its service is refused there.
 */
export function mapEntries(table: RouterTable): Map<string, string> {
  const entries = new Map<string, string>();
  const put = (name: string, ...words: readonly string[]) =>
    entries.set(word(name), words.map(word).join(' '));
  const portsOf = new Map<string, number[]>();
  for (const { service, routerPort, protocol, baseline, close } of table.ports) {
    put(String(routerPort), baseline.host, String(baseline.port), service, close ? 'close' : 'keep');
    if (protocol === 'http') portsOf.set(service, [...(portsOf.get(service) ?? []), routerPort]);
  }
  for (const fork of table.forks) {
    if (fork.key === baselineKey) continue;
    put(`k:${fork.key}`, '1');
    for (const port of portsOf.get(fork.service) ?? []) {
      const name = `${port}:${fork.key}`;
      if (fork.kind === 'refused') {
        put(name, 'r', fork.reason);
        continue;
      }
      const address = fork.addresses.get(port);
      if (address === undefined) put(name, 'r', 'fork-without-port');
      else put(name, 'f', address.host, String(address.port), fork.sandbox, fork.instance);
    }
  }
  for (const { key, services, reason } of table.tombstones) {
    if (key === baselineKey) continue;
    put(`k:${key}`, '1');
    for (const service of services) {
      for (const port of portsOf.get(service) ?? []) put(`${port}:${key}`, 'r', reason);
    }
  }
  return entries;
}

/** What HAProxy's socket and Lua take as one word. All that comes here was parsed before: anything else is a defect. */
function word(text: string): string {
  if (!/^[\w.:/=-]+$/.test(text)) throw new Error(`no word of a table: ${JSON.stringify(text)}`);
  return text;
}
