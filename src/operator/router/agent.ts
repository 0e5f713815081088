import { once } from 'node:events';
import { access, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApi } from '../../kube/api.ts';
import type { Log } from '../../log.ts';
import { mapEntries, type RouterTable } from '../../routing/haproxy/entries.ts';
import { tableText } from '../../routing/haproxy/files.ts';
import { HopFeed } from '../../routing/haproxy/hop-feed.ts';
import { openRuntime } from '../../routing/haproxy/runtime.ts';
import { ports } from '../../sandbox/cluster-names.ts';
import { type Known, RouteAnswers } from './answers.ts';
import { Canaries } from './canaries.ts';
import { openConnections } from './connections.ts';
import { type Desired, desiredTable, emptyMemory, endedKeys } from './desired.ts';
import { drainingFile, routerPaths } from './files.ts';
import { type HearingTimes, receiptHeard } from './hearing.ts';
import { routerMetrics } from './metrics.ts';
import { instanceOf } from './objects.ts';
import { Prober } from './prober.ts';
import { reachability } from './reach.ts';
import { type AgentState, startAgentServer } from './server.ts';
import { TableKeeper } from './table-keeper.ts';
import { followWorld } from './world.ts';

export interface RouterAgentOptions {
  readonly kube: KubeApi;
  readonly namespace: string;
  /** Shared with HAProxy's container. */
  readonly folder: string;
  readonly listen?: { readonly host: string; readonly port: number };
  readonly hearing?: HearingTimes | undefined;
  readonly log: Log;
}

const beatMs = 1000;
const takeMs = 250;
const auditEveryBeats = 30;
/** Tombstones of the router's own end by time alone. */
const forgetEveryBeats = 60;
/** Between two looks, by how long the last one took: a lone change is never waited for long. */
const restTimes = 2;
const longestRestMs = 200;
/** At the start, running forks are asked before HAProxy gets its first table: none that serves is refused in between. */
const settleMs = 2000;

/** Keeps the HAProxy beside it as the objects of its namespace say, until the signal aborts. */
export async function runRouterAgent(options: RouterAgentOptions, signal: AbortSignal): Promise<void> {
  const { kube, namespace, folder, log } = options;
  const paths = routerPaths(folder);
  const runtime = openRuntime(paths.socket, paths.table);
  const ours = new AbortController();
  const ended = AbortSignal.any([signal, ours.signal]);
  const keeper = new TableKeeper(
    runtime,
    log,
    () => !world.hearing.deaf && heard === world.hearing.timesDeaf,
  );
  const answers = new RouteAnswers();
  const dirty = new Bell(ended);
  const reached = reachability();
  const prober = new Prober({ onServes: () => dirty.ring(), onTrouble: () => tell() });
  const canaries = new Canaries({ takeHops: () => feed.take(), onSeen: () => tell() });
  const feed = new HopFeed({ runtime, onCanary: (hop) => canaries.onHop(hop) });
  const { hearing } = options;
  const world = followWorld({ kube, namespace, log, hearing, onChange: () => dirty.ring() }, ended);
  const known: Known = {
    canarySeen: (fork) => canaries.seen(fork),
    trouble: ({ pod }) => (pod === null ? null : prober.trouble(instanceOf(pod))),
  };
  let memory = emptyMemory;
  /** What HAProxy was given last. */
  let held: Desired | null = null;
  let saved = '';
  let draining = false;
  /** What was made of an earlier time of hearing lacks what was missed since. */
  let heard = 0;

  const state: AgentState = {
    ready: () => keeper.loaded,
    trouble: () => world.trouble(),
    routes: (...query) => answers.wait(...query),
    tombstoned: (key) => keeper.loaded && held !== null && isTakenBack(held.table, key),
    enrolled: async () => {
      const open = await openConnections();
      return Promise.all(
        (held?.ports ?? []).map(async ({ service, port, routerPort, protocol, baseline }) => {
          const { host } = baseline;
          const address = host.includes(':') ? `[${host}]:${baseline.port}` : `${host}:${baseline.port}`;
          const connections = open.get(routerPort) ?? 0;
          const reachable = await reached(baseline);
          return { service, port, routerPort, protocol, baseline: address, connections, reachable };
        }),
      );
    },
    receipt: async (key, query) => receiptHeard(await feed.receipt(key, query), world.hearing),
    metrics: () => {
      const { deaf } = world.hearing;
      const hopsLost = feed.lost;
      return routerMetrics({ loaded: keeper.loaded, table: keeper.figures, held, hopsLost, deaf });
    },
  };

  function look(): Desired {
    const found = desiredTable(world.now(), (instance) => prober.serves(instance), memory, Date.now());
    memory = found.memory;
    prober.follow(
      found.forks.flatMap(({ pod, addresses }) =>
        pod === null ? [] : [{ pod, targets: [...addresses.values()] }],
      ),
    );
    return draining ? closing(found) : found;
  }

  /** What is wanted is put into HAProxy, and told. */
  async function reconcile(): Promise<void> {
    const { timesDeaf } = world.hearing;
    const desired = look();
    const entries = mapEntries(desired.table);
    const text = tableText(entries);
    if (text !== saved) {
      await writeFile(paths.table, text);
      saved = text;
    }
    heard = timesDeaf;
    if (!(await keeper.put(entries))) {
      answers.update(false, world.trouble(), desired, { ...known, canarySeen: () => false });
      return;
    }
    if (held !== null) for (const key of endedKeys(held.table, desired.table)) feed.forget(key);
    held = desired;
    canaries.follow(desired.forks);
    tell();
  }

  function tell(): void {
    if (held !== null) answers.update(keeper.loaded, world.trouble(), held, known);
  }

  async function follow(): Promise<void> {
    await world.synced;
    look();
    const until = Date.now() + settleMs;
    while (!prober.settled && Date.now() < until) await sleep(20, null, { signal: ended });
    log.info('router-synced', { namespace });
    while (!ended.aborted) {
      const began = performance.now();
      await reconcile();
      // Many forks that start at once are many changes: what comes meanwhile is one look, not one each.
      const restMs = Math.min((performance.now() - began) * restTimes, longestRestMs);
      await sleep(restMs, null, { signal: ended }).catch(() => {});
      await dirty.wait();
    }
  }

  async function beat(): Promise<void> {
    let told: string | null = null;
    for (let beats = 1; !ended.aborted; beats += 1) {
      const was = keeper.loaded;
      await keeper.beat();
      if (beats % auditEveryBeats === 0 && !(await keeper.audit().catch(() => true))) {
        log.error('table-drifted', {});
      }
      if (!draining && (await exists(drainingFile(folder)))) {
        draining = true;
        dirty.ring();
      }
      // A trouble that ended shows by nothing else.
      if (told !== world.trouble()) dirty.ring();
      told = world.trouble();
      if (was !== keeper.loaded || beats % forgetEveryBeats === 0) dirty.ring();
      if (was !== keeper.loaded) tell();
      await sleep(beatMs, null, { signal: ended }).catch(() => {});
    }
  }

  async function take(): Promise<void> {
    while (!ended.aborted) {
      await feed.take().catch(() => {});
      await sleep(takeMs, null, { signal: ended }).catch(() => {});
    }
  }

  const server = await startAgentServer(state, options.listen ?? { host: '::', port: ports.routerAgent });
  try {
    await Promise.race([Promise.all([follow(), beat(), take()]), world.ended]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    ours.abort();
    prober.close();
    canaries.follow([]);
    server.close();
    server.closeAllConnections();
    await once(server, 'close').catch(() => {});
  }
}

/** Every port of a router that is about to stop. */
function closing(desired: Desired): Desired {
  const table = { ...desired.table, ports: desired.table.ports.map((one) => ({ ...one, close: true })) };
  return { ...desired, table };
}

/**
 * By its tombstone, or by its Sandbox that is being deleted: in a namespace that goes, the list may go first. Either is
 * remembered here when the Sandbox is gone (`localTombstoneMs`).
 */
function isTakenBack({ tombstones, forks }: RouterTable, key: string): boolean {
  const own = forks.filter((fork) => fork.key === key);
  const refused = own.every((fork) => fork.kind === 'refused' && fork.reason === 'torn-down');
  return tombstones.some((one) => one.key === key) || (own.length > 0 && refused);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Rings between two waits are one; an abort rings for ever. */
class Bell {
  readonly #signal: AbortSignal;
  #rung = false;
  #wake: (() => void) | null = null;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.ring(), { once: true });
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async wait(): Promise<void> {
    if (!this.#rung && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#rung = false;
    this.#wake = null;
  }
}
