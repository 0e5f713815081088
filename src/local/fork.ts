import type { ServiceConfig } from '../config/config.ts';
import { toErrorData } from '../errors.ts';
import type { OwnProcess } from '../exchange.ts';
import type { ForkReason, ForkSpec, ForkStatus, Revision } from '../sandbox/sandbox.ts';
import { releasePort, takePort } from './ports.ts';
import { type Address, saysPortTaken } from './ready.ts';
import { ServiceRun, type Surroundings } from './service-run.ts';
import type { Snapshot } from './snapshots.ts';

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

type State =
  | { readonly kind: 'starting'; readonly reason: 'setup' | 'starting' }
  | { readonly kind: 'ready'; readonly address: Address }
  | {
      readonly kind: 'failed';
      readonly reason: ForkReason;
      readonly failure: Failure;
      readonly lines: readonly string[];
    };

const tailLines = 20;

/** The changed version of one service in one sandbox: one process, started once and never again. */
export class Fork {
  readonly spec: ForkSpec;
  readonly service: ServiceConfig;
  readonly #sandbox: string;
  readonly #changed: (fork: Fork) => void;
  readonly #ending = new AbortController();
  #state: State = { kind: 'starting', reason: 'setup' };
  #run: ServiceRun | null = null;
  /** What it was started from. */
  #tree: string | null = null;

  /** `changed` is called whenever the state is another one. */
  constructor(spec: ForkSpec, service: ServiceConfig, sandbox: string, changed: (fork: Fork) => void) {
    this.spec = spec;
    this.service = service;
    this.#sandbox = sandbox;
    this.#changed = changed;
  }

  get state(): State {
    return this.#state;
  }

  /** Aborted as soon as it is to end. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  get instance(): string {
    return this.#run?.group.instance ?? 'none';
  }

  get own(): OwnProcess | undefined {
    return this.#run?.own;
  }

  /** Never rejects: a failure is the fork's state. */
  async start(snapshot: Snapshot, around: Surroundings): Promise<void> {
    try {
      this.#ending.signal.throwIfAborted();
      this.#tree = snapshot.tree;
      this.#become({ kind: 'starting', reason: 'starting' });
      const port = await takePort();
      if (this.#ending.signal.aborted) {
        // It was ended meanwhile, when there was nothing to end yet.
        releasePort(port);
        return;
      }
      const run = new ServiceRun(
        {
          label: `${this.spec.service} of sandbox ${this.#sandbox}`,
          logName: `${this.#sandbox}-${this.spec.service}-${port}`,
          service: this.service,
          snapshot: snapshot.folder,
          warnings: snapshot.warnings,
          env: { ...this.spec.env, SEATRIAL_SANDBOX: this.#sandbox },
          port,
        },
        around,
      );
      this.#run = run;
      const address = await run.ready(this.#ending.signal);
      this.#become({ kind: 'ready', address });
      void run.group.ended.then(() => this.#exited(run));
    } catch (error) {
      this.fail(error);
      // What it started itself must not run on after it.
      await this.#run?.stop();
    }
  }

  /** What kept it from starting, such as its snapshot. */
  fail(error: unknown): void {
    if (this.#ending.signal.aborted || this.#state.kind === 'failed') return;
    const { code, what, why, next } = toErrorData(error);
    const logged = this.tail(tailLines);
    const lines = logged.length > 0 ? logged : (why?.split('\n') ?? []);
    this.#become({
      kind: 'failed',
      reason: reasonOf(code, logged),
      failure: { code, message: what, next },
      lines,
    });
  }

  /** Null when process and port are verified gone, else what is left. Can be called again. */
  async stop(): Promise<string | null> {
    this.#ending.abort();
    const left = (await this.#run?.stop()) ?? null;
    if (left === null) this.#run?.log.close();
    return left;
  }

  tail(count: number): string[] {
    return this.#run?.log.tail(count) ?? [];
  }

  /** What there is to end, in words. */
  held(): string[] {
    const run = this.#run;
    if (run === null || run.group.pid === null) return [];
    return [`process ${run.group.pid} (${this.spec.service})`, `port ${run.port} (${this.spec.service})`];
  }

  status(): ForkStatus {
    const state = this.#state;
    const failed = state.kind === 'failed' ? state : null;
    return {
      service: this.spec.service,
      revision: this.#revision(),
      instance: this.instance,
      restarts: 0,
      ready: state.kind === 'ready',
      live: false,
      reason: state.kind === 'ready' ? null : state.reason,
      message: failed?.failure.message ?? null,
      exit: failed === null ? null : (this.#run?.group.exit ?? null),
      logTail: failed?.lines ?? [],
    };
  }

  /** Once started, by the code that was started: what was asked for proves nothing. */
  #revision(): Revision {
    const { revision } = this.spec;
    return this.#tree === null || revision.kind !== 'tree' ? revision : { ...revision, tree: this.#tree };
  }

  #exited(run: ServiceRun): void {
    if (this.#ending.signal.aborted) return;
    const { exit } = run.group;
    const how = exit?.signal == null ? `exit code ${exit?.exitCode ?? 'unknown'}` : `signal ${exit.signal}`;
    const memory = exit?.outOfMemory === true ? ', as its memory was used up' : '';
    this.#become({
      kind: 'failed',
      reason: 'exited',
      failure: {
        code: 'fork-exited',
        message: `The fork of ${this.spec.service} ended while it served, with ${how}${memory}.`,
        next: 'Read its last log lines, correct the code, and provision again under the same name.',
      },
      lines: this.tail(tailLines),
    });
    void run.stop();
  }

  #become(state: State): void {
    if (this.#ending.signal.aborted) return;
    this.#state = state;
    this.#changed(this);
  }
}

function reasonOf(code: string, lines: readonly string[]): ForkReason {
  if (code === 'setup-failed') return 'setup-failed';
  if (code === 'service-not-ready') return 'not-ready';
  if (code === 'service-exited') return saysPortTaken(lines) ? 'port-taken' : 'exited';
  return 'unknown';
}
