import { arch, platform } from 'node:os';
import { Gateways } from '../gateway/gateways.ts';
import { baselineKey, mintKey, withKey } from '../routing/key.ts';
import { type Router, startRouter } from '../routing/node-router.ts';
import { HopRecorder } from '../routing/recorder.ts';
import { RoutingTable } from '../routing/table.ts';
import { checkLease, checkSpec } from '../sandbox/check.ts';
import type { Endpoint, Engine, Removal, Service } from '../sandbox/engine.ts';
import { noSuchFork, notOwner, sandboxNotReady, sharedService, tornDown } from '../sandbox/errors.ts';
import type { Receipt, ReceiptQuery } from '../sandbox/hop.ts';
import { sameOwner } from '../sandbox/owner.ts';
import type { ForkSpec, Owner, Sandbox, SandboxSpec, Side } from '../sandbox/sandbox.ts';
import { waitFor } from '../sandbox/wait.ts';
import { BaselineServices } from './baseline.ts';
import { inheritedEnv } from './environment.ts';
import { hostEnded, hostIsEnding } from './errors.ts';
import { LocalSandbox, type SandboxWorld } from './local-sandbox.ts';
import type { LocalEngineOptions } from './options.ts';
import { takePort } from './ports.ts';
import type { Address } from './ready.ts';
import { LocalSandboxes } from './sandboxes.ts';
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

class LocalEngine implements Engine {
  readonly baseline;
  readonly #options: LocalEngineOptions;
  readonly #parts: Parts;
  readonly #world: SandboxWorld;
  readonly #sandboxes: LocalSandboxes;
  readonly #accepting = new Map<string, Promise<void>>();
  readonly #gateways = new Gateways();
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
    this.#sandboxes = new LocalSandboxes({ ...options, ...parts });
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
    const known = this.#sandboxes.find(spec.name);
    if (known !== null && !known.ended) {
      if (!sameOwner(known.spec.owner, spec.owner)) throw notOwner(spec.name);
      await waitFor(this.#accepting.get(spec.name) ?? Promise.resolve(), signal);
      const planned = this.#plan(spec.forks, spec.owner);
      if (!known.holds(planned)) await waitFor(known.setForks(planned), signal);
      if (known.spec.leaseSeconds !== spec.leaseSeconds) known.renew(spec.leaseSeconds);
      return known.view();
    }
    if (known !== null && !known.gone) {
      // Its end is under way; the name is free again when nothing of it is left.
      await waitFor(known.remove(tornDown), signal);
      return await this.provision(spec, signal);
    }
    const planned = this.#plan(spec.forks, spec.owner);
    this.#sandboxes.checkCount(spec.owner, this.#options.config(spec.owner).maxSandboxes);
    const sandbox = new LocalSandbox(spec, mintKey(), this.#world);
    this.#sandboxes.add(sandbox);
    const accepted = sandbox.setForks(planned);
    this.#accepting.set(spec.name, accepted);
    try {
      // Not given up on abort: half a sandbox must not stay.
      await accepted;
    } catch (error) {
      this.#sandboxes.drop(spec.name);
      await sandbox.remove(tornDown);
      throw error;
    } finally {
      this.#accepting.delete(spec.name);
    }
    return sandbox.view();
  }

  async update(name: string, forks: readonly ForkSpec[], signal: AbortSignal): Promise<Sandbox> {
    this.#open(signal);
    const sandbox = this.#sandboxes.live(name);
    await waitFor(sandbox.setForks(this.#plan(forks, sandbox.spec.owner)), signal);
    return sandbox.view();
  }

  async forks(name: string, signal: AbortSignal): Promise<readonly ForkSpec[]> {
    signal.throwIfAborted();
    const sandbox = this.#sandboxes.find(name);
    if (sandbox === null) this.#sandboxes.earlier(name);
    return sandbox?.forks ?? [];
  }

  async *watch(name: string, signal: AbortSignal): AsyncIterable<Sandbox> {
    const sandbox = this.#sandboxes.find(name);
    if (sandbox === null) {
      yield this.#sandboxes.earlier(name);
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
    const sandbox = this.#sandboxes.live(name);
    sandbox.renew(leaseSeconds);
    return sandbox.view();
  }

  async list(owner: Owner | null, signal: AbortSignal): Promise<readonly Sandbox[]> {
    signal.throwIfAborted();
    return this.#sandboxes.list(owner);
  }

  async endpoint(service: string, side: Side, signal: AbortSignal): Promise<Endpoint> {
    this.#open(signal);
    const config = serviceOf(this.#options.baselineServices, service);
    const router = this.#parts.around.addresses.get(service);
    // No router stands before it.
    if (router === undefined || (config.shared && config.ready.kind === 'tcp')) throw sharedService(service);
    let sandbox: LocalSandbox | null = null;
    if (side.kind === 'sandbox') {
      sandbox = this.#sandboxes.live(side.name);
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
    const key = side.kind === 'baseline' ? baselineKey : this.#sandboxes.keyOf(side.name);
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
    const sandbox = this.#sandboxes.find(name);
    if (sandbox === null) {
      this.#sandboxes.earlier(name);
      return [];
    }
    const fork = sandbox.fork(service) ?? sandbox.endedFork(service);
    if (fork !== null) return fork.tail(tail);
    const forks = sandbox.view().forks.map((each) => each.service);
    throw noSuchFork(name, service, forks);
  }

  async teardown(name: string, signal: AbortSignal): Promise<Removal> {
    const sandbox = this.#sandboxes.find(name);
    if (sandbox === null) {
      this.#sandboxes.earlier(name);
      return { removed: [], left: [] };
    }
    return await waitFor(sandbox.remove(tornDown), signal);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#sandboxes.close();
    const { services, routers, snapshots } = this.#parts;
    const standing = this.#sandboxes.all().filter(({ gone }) => !gone);
    const removals = await Promise.all(standing.map((each) => each.remove(hostEnded)));
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

  #open(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#closing === null) return;
    throw hostIsEnding();
  }
}
