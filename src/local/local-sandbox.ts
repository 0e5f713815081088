import { toErrorData } from '../errors.ts';
import type { HopRecorder } from '../routing/recorder.ts';
import type { RoutingTable } from '../routing/table.ts';
import type { Removal } from '../sandbox/engine.ts';
import { leaseEnded } from '../sandbox/errors.ts';
import type {
  Baseline,
  ForkSpec,
  ForkStatus,
  Sandbox,
  SandboxSpec,
  SandboxState,
} from '../sandbox/sandbox.ts';
import { Changes } from '../sandbox/wait.ts';
import type { BaselineServices } from './baseline.ts';
import { type Failure, Fork } from './fork.ts';
import { Launch } from './launch.ts';
import { Lease } from './lease.ts';
import { type KnownKey, tombstoneMs } from './options.ts';
import type { Surroundings } from './service-run.ts';
import type { Snapshots } from './snapshots.ts';
import type { PlannedFork } from './spec.ts';

export interface SandboxWorld {
  readonly baseline: Baseline;
  readonly services: BaselineServices;
  readonly table: RoutingTable;
  readonly recorder: HopRecorder;
  readonly snapshots: Snapshots;
  readonly around: Surroundings;
  readonly journal: (key: KnownKey) => Promise<void>;
  /** Closes the gateways of the sandbox; says which there were. */
  readonly closeGateways: (name: string) => Promise<string[]>;
}

interface Held {
  readonly fork: Fork;
  readonly identity: string;
  readonly launch: Launch;
}

/** One sandbox with a lifetime: its forks, key, routes and lease. Its engine owns it. */
export class LocalSandbox {
  readonly spec: SandboxSpec;
  readonly key: string;
  readonly changes = new Changes();
  readonly #world: SandboxWorld;
  readonly #forks = new Map<string, Held>();
  /** Forks that an update replaced and that are still ending. */
  readonly #replaced = new Set<Held>();
  /** Forks that ended with the sandbox: their last lines can still be read. */
  readonly #ended = new Map<string, Fork>();
  /** What the forks were like at the end, once they are gone. */
  #last: readonly ForkStatus[] = [];
  #timings: Record<string, number> = {};
  readonly #createdAt = new Date().toISOString();
  readonly #lease: Lease;
  #generation = 0;
  #queue: Promise<void> = Promise.resolve();
  #baselineFailure: Failure | null = null;
  #baselineReady = false;
  #end: { readonly reason: Failure; removal: Promise<Removal> } | null = null;
  #gone = false;

  constructor(spec: SandboxSpec, key: string, world: SandboxWorld) {
    this.spec = spec;
    this.key = key;
    this.#world = world;
    this.#lease = new Lease(spec.leaseSeconds, {
      onExpiring: () => this.changes.notify(),
      onOver: () => void this.remove(leaseEnded),
    });
  }

  get ended(): boolean {
    return this.#end !== null;
  }

  get gone(): boolean {
    return this.#gone;
  }

  get serving(): boolean {
    const state = this.#state();
    return !this.ended && (state === 'ready' || state === 'expiring');
  }

  get forks(): readonly ForkSpec[] {
    return [...this.#forks.values()].map(({ fork }) => fork.spec);
  }

  fork(service: string): Fork | null {
    return this.#forks.get(service)?.fork ?? null;
  }

  /** One that ended with the sandbox. */
  endedFork(service: string): Fork | null {
    return this.#ended.get(service) ?? null;
  }

  /** Whether exactly these forks are set, however they do. */
  holds(planned: readonly PlannedFork[]): boolean {
    return (
      planned.length === this.#forks.size &&
      planned.every(({ spec, identity }) => this.#forks.get(spec.service)?.identity === identity)
    );
  }

  renew(leaseSeconds: number | null): void {
    this.#lease.renew(leaseSeconds);
    this.changes.notify();
  }

  /**
   * Sets the forks; those that are equal and do well stay. Returns when the key may be handed out: routes refuse what does
   * not serve yet. Rejects where the journal cannot be written; then nothing was changed.
   */
  setForks(planned: readonly PlannedFork[]): Promise<void> {
    // One after the other: two updates at once must not mix.
    const next = this.#queue.then(() => this.#setForks(planned));
    this.#queue = next.catch(() => {});
    return next;
  }

  async #setForks(planned: readonly PlannedFork[]): Promise<void> {
    const services = new Set([...this.#forks.keys(), ...planned.map(({ spec }) => spec.service)]);
    await this.#world.journal(this.#known('live', null, [...services]));
    if (this.ended) return;
    const begun = performance.now();
    const fresh = planned.filter(({ spec, identity }) => {
      const held = this.#forks.get(spec.service);
      return held === undefined || held.identity !== identity || held.fork.state.kind === 'failed';
    });
    const wanted = new Set(planned.map(({ spec }) => spec.service));
    this.#generation += 1;
    this.#timings = {};
    for (const { spec } of fresh) this.#world.table.setRefused(spec.service, this.key, 'fork-not-ready');
    for (const [service, held] of [...this.#forks]) {
      if (wanted.has(service) && !fresh.some(({ spec }) => spec.service === service)) continue;
      this.#forks.delete(service);
      if (!wanted.has(service)) this.#world.table.clear(service, this.key);
      this.#replace(held);
    }
    const launches = [...Map.groupBy(fresh, ({ tree }) => tree)].map(([tree, group]) =>
      this.#launch(tree, group),
    );
    this.changes.notify();
    const generation = this.#generation;
    void Promise.all([this.#awaitBaseline(begun), ...launches]).then(() => {
      if (generation !== this.#generation) return;
      const { snapshot = 0, setup = 0 } = this.#timings;
      this.#timings = { ...this.#timings, start: Math.round(performance.now() - begun - snapshot - setup) };
      this.changes.notify();
    });
  }

  /** Tombstone first. The same work for every caller; a caller of later tries again what was left. */
  remove(reason: Failure): Promise<Removal> {
    if (this.#end === null) {
      this.#lease.stop();
      const services = [...this.#forks.keys()];
      const until = Date.now() + tombstoneMs;
      this.#world.table.tombstone(this.key, services, reason.code, until);
      this.#end = { reason, removal: this.#remove(reason, services) };
      this.changes.notify();
    } else if (this.#gone && (this.#forks.size > 0 || this.#replaced.size > 0)) {
      this.#end.removal = this.#endAll();
    }
    return this.#end.removal;
  }

  view(): Sandbox {
    const failure = this.#end?.reason ?? this.#failure();
    return {
      name: this.spec.name,
      owner: this.spec.owner,
      state: this.#state(),
      routingKey: this.key,
      baseline: this.#world.baseline,
      forks: [...this.#statuses()],
      reason: failure,
      generation: this.#generation,
      createdAt: this.#createdAt,
      expiresAt: this.#lease.expiresAt,
      timings: { ...this.#timings },
    };
  }

  #state(): SandboxState {
    if (this.#gone) return 'gone';
    if (this.ended) return 'expiring';
    if (this.#failure() !== null) return 'failed';
    const all = [...this.#forks.values()].every(({ fork }) => fork.state.kind === 'ready');
    if (!all || !this.#baselineReady) return 'provisioning';
    return this.#lease.isExpiring ? 'expiring' : 'ready';
  }

  #failure(): Failure | null {
    for (const { fork } of this.#forks.values()) {
      if (fork.state.kind === 'failed') return fork.state.failure;
    }
    return this.#baselineFailure;
  }

  #statuses(): readonly ForkStatus[] {
    if (!this.#gone) return [...this.#forks.values()].map(({ fork }) => fork.status());
    return this.#last;
  }

  #launch(tree: string, group: readonly PlannedFork[]): Promise<void> {
    const { name, owner } = this.spec;
    const forks = group.map(
      ({ spec, service }) => new Fork(spec, service, name, (fork) => this.#forkChanged(fork)),
    );
    const launch = new Launch(forks);
    for (const [index, fork] of forks.entries()) {
      this.#forks.set(fork.spec.service, { fork, launch, identity: group[index]?.identity ?? '' });
    }
    const { snapshots, around } = this.#world;
    const onPhase = (phase: string, milliseconds: number) => {
      this.#timings[phase] = Math.round(Math.max(this.#timings[phase] ?? 0, milliseconds));
    };
    return launch.run({ tree, workingTree: owner.workingTree, snapshots, around, onPhase });
  }

  #forkChanged(fork: Fork): void {
    const { service } = fork.spec;
    if (this.#forks.get(service)?.fork !== fork || this.ended) return;
    const { table } = this.#world;
    const { state } = fork;
    if (state.kind === 'ready') {
      const { address } = state;
      table.setFork(service, this.key, { address, instance: fork.instance, sandbox: this.spec.name });
    } else {
      const exited = state.kind === 'failed' && state.reason === 'exited';
      table.setRefused(service, this.key, exited ? 'fork-exited' : 'fork-not-ready');
    }
    this.changes.notify();
  }

  async #awaitBaseline(begun: number): Promise<void> {
    this.#baselineFailure = null;
    try {
      await this.#world.services.start();
      if (!this.#baselineReady) this.#timings.baseline = Math.round(performance.now() - begun);
      this.#baselineReady = true;
    } catch (error) {
      const { code, what, why, next } = toErrorData(error);
      this.#baselineFailure = { code, message: why === undefined ? what : `${what}\n${why}`, next };
    }
    this.changes.notify();
  }

  #replace(held: Held): void {
    this.#replaced.add(held);
    void held.launch.end(held.fork).then((left) => {
      if (left.length === 0) this.#replaced.delete(held);
    });
  }

  async #remove(reason: Failure, services: readonly string[]): Promise<Removal> {
    const gateways = await this.#world.closeGateways(this.spec.name);
    const removal = await this.#endAll();
    this.#gone = true;
    this.#lease.end();
    this.changes.notify();
    const written = await this.#world.journal(this.#known('gone', reason, services)).then(
      () => [],
      (error: unknown) => [{ what: 'the entry in the journal of keys', why: toErrorData(error).what }],
    );
    const removed = [`routing key of sandbox ${this.spec.name}`, ...gateways, ...removal.removed];
    return { removed, left: [...removal.left, ...written] };
  }

  async #endAll(): Promise<Removal> {
    const removed: string[] = [];
    const left: { what: string; why: string }[] = [];
    const all = [...this.#forks.values(), ...this.#replaced];
    if (!this.#gone)
      this.#last = [...this.#forks.values()].map(({ fork }) => ({ ...fork.status(), ready: false }));
    const folders = new Set(all.map(({ launch }) => launch.folder).filter((each) => each !== null));
    await Promise.all(
      all.map(async (held) => {
        const things = held.fork.held();
        const problems = await held.launch.end(held.fork);
        if (problems.length === 0) removed.push(...things);
        left.push(
          ...problems.map((why) => ({ what: things.join(', ') || `fork of ${held.fork.spec.service}`, why })),
        );
        if (problems.length > 0) return;
        this.#replaced.delete(held);
        if (this.#forks.get(held.fork.spec.service) === held)
          this.#ended.set(held.fork.spec.service, held.fork);
        this.#forks.delete(held.fork.spec.service);
      }),
    );
    if (left.length === 0) removed.push(...[...folders].map((folder) => `folder ${folder}`));
    return { removed, left };
  }

  #known(state: KnownKey['state'], reason: Failure | null, services: readonly string[]): KnownKey {
    const { name, owner } = this.spec;
    return { name, owner, key: this.key, services, state, reason, at: new Date().toISOString() };
  }
}
