import { describe, onTestFinished } from 'vitest';
import { mapEntries, type RouterTable } from '../../src/routing/haproxy/entries.ts';
import { HopFeed } from '../../src/routing/haproxy/hop-feed.ts';
import { tableChanges } from '../../src/routing/haproxy/runtime.ts';
import { startRouter } from '../../src/routing/node-router.ts';
import { HopRecorder } from '../../src/routing/recorder.ts';
import { type Address, RoutingTable } from '../../src/routing/table.ts';
import type { Receipt } from '../../src/sandbox/hop.ts';
import { startHaproxy } from './haproxy-process.ts';

/** The router of service `pricing`, whichever it is: one suite runs on all of them. */
export interface RouterState {
  readonly baseline: Address;
  readonly loaded?: boolean;
  readonly forks?: readonly { service: string; key: string; sandbox: string; address: Address }[];
  readonly refused?: readonly { service: string; key: string; reason: string }[];
  readonly tombstones?: readonly { key: string; services: readonly string[]; reason: string }[];
}

export interface OpenRouter {
  readonly address: Address;
  receipt(key: string, query?: { correlations?: readonly string[]; hops?: number }): Promise<Receipt>;
  /** Brings the table to another state. */
  change(state: RouterState): Promise<void>;
}

export interface RouterKind {
  readonly name: 'node' | 'haproxy';
  open(state: RouterState): Promise<OpenRouter>;
}

const nodeRouter: RouterKind = {
  name: 'node',
  open: async (first) => {
    let state = first;
    let table = routingTable(first);
    const recorder = new HopRecorder();
    const current = {
      lookup: (service: string, key: string) => table.lookup(service, key),
      knows: (key: string) => table.knows(key),
    };
    const router = await startRouter({
      service: 'pricing',
      table: current,
      recorder,
      baseline: () => state.baseline,
    });
    onTestFinished(() => router.close());
    return {
      address: { host: '127.0.0.1', port: router.port },
      receipt: async (key, query) => recorder.receipt(key, query),
      change: async (next) => {
        state = next;
        table = routingTable(next);
      },
    };
  },
};

function routingTable({
  tombstones = [],
  forks = [],
  refused = [],
  loaded = true,
}: RouterState): RoutingTable {
  const table = new RoutingTable();
  for (const { key, services, reason } of tombstones) {
    table.tombstone(key, services, reason, Number.POSITIVE_INFINITY);
  }
  for (const { service, key, sandbox, address } of forks) {
    table.setFork(service, key, { address, instance: 'one', sandbox });
  }
  for (const { service, key, reason } of refused) table.setRefused(service, key, reason);
  if (loaded) table.markLoaded();
  return table;
}

const haproxyRouter: RouterKind = {
  name: 'haproxy',
  open: async (first) => {
    const haproxy = await startHaproxy();
    const [port = 0] = haproxy.httpPorts;
    const feed = new HopFeed({ runtime: haproxy.runtime });
    let entries = mapEntries(routerTable(first, port));
    await haproxy.runtime.load(entries);
    let beating = first.loaded ?? true;
    const epoch = await haproxy.runtime.epoch();
    if (beating) await haproxy.runtime.beat(epoch);
    const heart = setInterval(() => {
      if (beating) haproxy.runtime.beat(epoch).catch(() => {});
    }, 1000);
    onTestFinished(() => clearInterval(heart));
    return {
      address: { host: '127.0.0.1', port },
      receipt: (key, query = {}) => feed.receipt(key, query),
      change: async (state) => {
        const next = mapEntries(routerTable(state, port));
        await haproxy.runtime.change(tableChanges(entries, next), epoch);
        entries = next;
        beating = state.loaded ?? true;
        await (beating ? haproxy.runtime.beat(epoch) : haproxy.runtime.mute());
      },
    };
  },
};

function routerTable(
  { baseline, forks = [], refused = [], tombstones = [] }: RouterState,
  port: number,
): RouterTable {
  return {
    ports: [{ service: 'pricing', routerPort: port, protocol: 'http', baseline, close: false }],
    forks: [
      ...forks.map(({ address, ...fork }) => ({
        kind: 'fork' as const,
        ...fork,
        instance: 'one',
        addresses: new Map([[port, address]]),
      })),
      ...refused.map((one) => ({ kind: 'refused' as const, ...one })),
    ],
    tombstones,
  };
}

export const routers: readonly RouterKind[] = [nodeRouter, haproxyRouter];

/** Runs a suite on each router. */
export function describeRouters(suite: (router: RouterKind) => void): void {
  describe.each(routers)('$name', suite);
}
