import { arch, platform } from 'node:os';
import { Gateways } from '../gateway/gateways.ts';
import { baselineKey, mintKey, withKey } from '../routing/key.ts';
import { type Router, startRouter } from '../routing/node-router.ts';
import { HopRecorder } from '../routing/recorder.ts';
import { RoutingTable } from '../routing/table.ts';
import { checkLease, checkSpec } from '../sandbox/check.ts';
import type { Endpoint, Engine, Removal, Service } from '../sandbox/engine.ts';
import {
  noSuchFork,
  notOwner,
  sandboxGone,
  sandboxNotReady,
  sharedService,
  tooMany,
  tornDown,
  unknownSandbox,
} from '../sandbox/errors.ts';
import type { Receipt, ReceiptQuery } from '../sandbox/hop.ts';
import { sameOwner } from '../sandbox/owner.ts';
import type { ForkSpec, Owner, Sandbox, SandboxSpec, Side } from '../sandbox/sandbox.ts';
import { waitFor } from '../sandbox/wait.ts';
import { BaselineServices } from './baseline.ts';
import { inheritedEnv } from './environment.ts';
import { hostEnded, hostIsEnding } from './errors.ts';
import { goneSandbox } from './gone.ts';
import { LocalSandbox, type SandboxWorld } from './local-sandbox.ts';
import { type LocalEngineOptions, tombstoneMs } from './options.ts';
import { takePort } from './ports.ts';
import type { Address } from './ready.ts';
import { Snapshots } from './snapshots.ts';
import { planForks, serviceOf } from './spec.ts';

/**
 * The Engine over processes of this machine. Its routers listen at once, so that neighbours have stable addresses; the
 * baseline starts on first need. Rejects with `disk-full` where it cannot write to its folders.
 */
export async function createLocalEngine(options: LocalEngineOptions): Promise<Engine> {
  const env = inheritedEnv(options.env);
  const { guard, log, repository, baselineServices, folders } = options;
  const runtime = `${platform()} ${arch()} ${env.PATH ?? ''}`;
  const snapshots = await Snapshots.open({ repository, cache: folders.cache, guard, env, log, runtime });
  const [data, logs] = [await snapshots.subfolder('data'), await snapshots.subfolder('logs')];
  const table = new RoutingTable(options.keyElsewhere);
  const recorder = new HopRecorder();
  const addresses = new Map<string, Address>();
  const fixedPorts = new Map<string, number>();
  const routers: Router[] = [];
  const around = { guard, env, data, logs, addresses };
  const services = new BaselineServices({
    tree: options.baselineTree,
    services: Object.values(baselineServices),
    workingTree: options.workingTreeRoot,
    snapshots,
    around,
    fixedPorts,
    log,
  });
  for (const { name, shared, ready } of Object.values(baselineServices)) {
    if (shared && ready.kind === 'tcp') {
      // Databases and the like speak no HTTP, so there is nothing that could be routed.
      const port = await takePort();
      fixedPorts.set(name, port);
      addresses.set(name, { host: '127.0.0.1', port });
      continue;
    }
    const router = await startRouter({
      service: name,
      table,
      recorder,
      baseline: () => services.address(name),
    });
    routers.push(router);
    addresses.set(name, { host: '127.0.0.1', port: router.port });
  }
  const engine = new LocalEngine(options, { services, table, recorder, snapshots, around, routers });
  // Keys of before are in: from here on keyed requests may be answered.
  table.markLoaded();
  return engine;
}

interface Parts extends Pick<SandboxWorld, 'services' | 'table' | 'recorder' | 'snapshots' | 'around'> {
  readonly routers: readonly Router[];
}

const sweepMs = 60_000;

class LocalEngine implements Engine {
  readonly baseline;
  readonly #options: LocalEngineOptions;
  readonly #parts: Parts;
  readonly #world: SandboxWorld;
  readonly #sandboxes = new Map<string, LocalSandbox>();
  /** Of hosts before, and those gone whose name is used again: by key. */
  readonly #earlier = new Map<string, Sandbox>();
  readonly #accepting = new Map<string, Promise<void>>();
  readonly #gateways = new Gateways();
  readonly #sweeper: NodeJS.Timeout;
  #closing: Promise<void> | null = null;

  constructor(options: LocalEngineOptions, parts: Parts) {
    this.baseline = options.baseline;
    this.#options = options;
    this.#parts = parts;
    this.#world = {
      ...parts,
      baseline: options.baseline,
      journal: options.journal ?? (async () => {}),
      closeGateways: (name) => this.#gateways.close(name),
    };
    for (const known of options.tombstones ?? []) {
      const reason = known.reason?.code ?? 'host-died';
      const until = Date.parse(known.at) + tombstoneMs;
      // One that was live when its host died: nobody has refused it for any time yet.
      const from = known.state === 'live' || Number.isNaN(until) ? Date.now() + tombstoneMs : until;
      parts.table.tombstone(known.key, known.services, reason, from);
      this.#earlier.set(known.key, goneSandbox(known, options.baseline));
    }
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs).unref();
  }

  async services(signal: AbortSignal): Promise<readonly Service[]> {
    signal.throwIfAborted();
    return Object.values(this.#options.baselineServices).map(({ name, shared }) => ({
      name,
      shared,
      forkable: !shared,
      refusal: shared ? `${name} is shared: baseline and sandboxes use one process of it.` : null,
    }));
  }

  async provision(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    this.#open(signal);
    checkSpec(spec);
    const known = this.#sandboxes.get(spec.name);
    if (known !== undefined && !known.ended) {
      if (!sameOwner(known.spec.owner, spec.owner)) throw notOwner(spec.name);
      await waitFor(this.#accepting.get(spec.name) ?? Promise.resolve(), signal);
      const planned = this.#plan(spec.forks, spec.owner);
      if (!known.holds(planned)) await waitFor(known.setForks(planned), signal);
      if (known.spec.leaseSeconds !== spec.leaseSeconds) known.renew(spec.leaseSeconds);
      return known.view();
    }
    if (known !== undefined && !known.gone) {
      // Its end is under way; the name is free again when nothing of it is left.
      await waitFor(known.remove(tornDown), signal);
      return await this.provision(spec, signal);
    }
    const planned = this.#plan(spec.forks, spec.owner);
    this.#checkCount(spec.owner);
    if (known !== undefined) this.#earlier.set(known.key, known.view());
    const sandbox = new LocalSandbox(spec, mintKey(), this.#world);
    this.#sandboxes.set(spec.name, sandbox);
    const accepted = sandbox.setForks(planned);
    this.#accepting.set(spec.name, accepted);
    try {
      // Not given up on abort: half a sandbox must not stay.
      await accepted;
    } catch (error) {
      this.#sandboxes.delete(spec.name);
      await sandbox.remove(tornDown);
      throw error;
    } finally {
      this.#accepting.delete(spec.name);
    }
    return sandbox.view();
  }

  async update(name: string, forks: readonly ForkSpec[], signal: AbortSignal): Promise<Sandbox> {
    this.#open(signal);
    const sandbox = this.#live(name);
    await waitFor(sandbox.setForks(this.#plan(forks, sandbox.spec.owner)), signal);
    return sandbox.view();
  }

  async forks(name: string, signal: AbortSignal): Promise<readonly ForkSpec[]> {
    signal.throwIfAborted();
    const sandbox = this.#sandboxes.get(name);
    if (sandbox === undefined) this.#earlierOr(name);
    return sandbox?.forks ?? [];
  }

  async *watch(name: string, signal: AbortSignal): AsyncIterable<Sandbox> {
    const sandbox = this.#sandboxes.get(name);
    if (sandbox === undefined) {
      yield this.#earlierOr(name);
      return;
    }
    while (true) {
      const { version } = sandbox.changes;
      const view = sandbox.view();
      yield view;
      if (view.state === 'gone') return;
      await sandbox.changes.after(version, signal);
    }
  }

  async renew(name: string, leaseSeconds: number | null, signal: AbortSignal): Promise<Sandbox> {
    this.#open(signal);
    if (leaseSeconds !== null) checkLease(leaseSeconds);
    const sandbox = this.#live(name);
    sandbox.renew(leaseSeconds);
    return sandbox.view();
  }

  async list(owner: Owner | null, signal: AbortSignal): Promise<readonly Sandbox[]> {
    signal.throwIfAborted();
    const current = [...this.#sandboxes.values()].map((sandbox) => sandbox.view());
    const names = new Set(current.map(({ name }) => name));
    const earlier = [...this.#earlier.values()].filter(({ name }) => !names.has(name));
    const all = [...current, ...new Map(earlier.map((each) => [each.name, each])).values()];
    return owner === null ? all : all.filter((sandbox) => sameOwner(sandbox.owner, owner));
  }

  async endpoint(service: string, side: Side, signal: AbortSignal): Promise<Endpoint> {
    this.#open(signal);
    const config = serviceOf(this.#options.baselineServices, service);
    const router = this.#parts.around.addresses.get(service);
    // No router stands before it.
    if (router === undefined || (config.shared && config.ready.kind === 'tcp')) throw sharedService(service);
    let sandbox: LocalSandbox | null = null;
    if (side.kind === 'sandbox') {
      sandbox = this.#live(side.name);
      if (!sandbox.serving) throw sandboxNotReady(sandbox.view());
    } else await waitFor(this.#parts.services.start(), signal);
    const key = sandbox?.key ?? baselineKey;
    const upstream = () => {
      if (sandbox !== null && !sandbox.serving) throw sandboxNotReady(sandbox.view());
      return router;
    };
    const opening = this.#gateways.of(service, sandbox?.spec.name ?? null, {
      key,
      serviceHost: service,
      upstream,
    });
    const gateway = await waitFor(opening, signal);
    const fork = sandbox?.fork(service) ?? null;
    const own = fork === null ? this.#parts.services.own(service) : fork.own;
    const headers = withKey([], key, null);
    return { origin: gateway.origin, host: service, headers, ...(own === undefined ? {} : { own }) };
  }

  async receipts(query: ReceiptQuery, signal: AbortSignal): Promise<Receipt> {
    signal.throwIfAborted();
    const { side, ...rest } = query;
    const key = side.kind === 'baseline' ? baselineKey : this.#keyOf(side.name);
    return this.#parts.recorder.receipt(key, rest);
  }

  async logs(
    name: string | null,
    service: string,
    tail: number,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    signal.throwIfAborted();
    serviceOf(this.#options.baselineServices, service);
    if (name === null) return this.#parts.services.tail(service, tail);
    const sandbox = this.#sandboxes.get(name);
    if (sandbox === undefined) {
      this.#earlierOr(name);
      return [];
    }
    const fork = sandbox.fork(service) ?? sandbox.endedFork(service);
    if (fork !== null) return fork.tail(tail);
    const forks = sandbox.view().forks.map((each) => each.service);
    throw noSuchFork(name, service, forks);
  }

  async teardown(name: string, signal: AbortSignal): Promise<Removal> {
    const sandbox = this.#sandboxes.get(name);
    if (sandbox === undefined) {
      this.#earlierOr(name);
      return { removed: [], left: [] };
    }
    return await waitFor(sandbox.remove(tornDown), signal);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#sweeper);
    const { services, routers, snapshots } = this.#parts;
    const sandboxes = [...this.#sandboxes.values()];
    const removals = await Promise.all(
      sandboxes.filter(({ gone }) => !gone).map((each) => each.remove(hostEnded)),
    );
    await this.#gateways.close('all');
    await Promise.all(routers.map((router) => router.close()));
    const left = [
      ...removals.flatMap((removal) => removal.left.map(({ why }) => why)),
      ...(await services.close()),
    ];
    const folder = await snapshots.close();
    for (const why of folder === null ? left : [...left, folder]) this.#options.log.error('left', { why });
  }

  #plan(forks: readonly ForkSpec[], owner: Owner) {
    return planForks(forks, this.#options.baselineServices, this.#options.config(owner).services);
  }

  #checkCount(owner: Owner): void {
    const { maxSandboxes } = this.#options.config(owner);
    const mine = [...this.#sandboxes.values()].filter(
      ({ spec, ended }) => !ended && sameOwner(spec.owner, owner),
    );
    if (mine.length < maxSandboxes) return;
    throw tooMany(mine.map(({ spec }) => spec.name));
  }

  #open(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#closing === null) return;
    throw hostIsEnding();
  }

  #live(name: string): LocalSandbox {
    const sandbox = this.#sandboxes.get(name);
    if (sandbox !== undefined && !sandbox.ended) return sandbox;
    throw sandboxGone(sandbox?.view() ?? this.#earlierOr(name));
  }

  #keyOf(name: string): string {
    return this.#sandboxes.get(name)?.key ?? this.#earlierOr(name).routingKey;
  }

  /** A sandbox of a host before. Throws `unknown-sandbox`. */
  #earlierOr(name: string): Sandbox {
    const found = [...this.#earlier.values()].findLast((sandbox) => sandbox.name === name);
    if (found !== undefined) return found;
    throw unknownSandbox(name);
  }

  #sweep(): void {
    for (const key of this.#parts.table.sweep(Date.now())) {
      this.#parts.recorder.forget(key);
      this.#earlier.delete(key);
      for (const [name, sandbox] of this.#sandboxes) {
        if (sandbox.gone && sandbox.key === key) this.#sandboxes.delete(name);
      }
    }
  }
}
