import { SeatrialError, toErrorData } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { sameOwner } from '../../sandbox/owner.ts';
import type { Owner } from '../../sandbox/sandbox.ts';
import type { RunView } from '../api.ts';
import type { HostCall } from '../server.ts';
import { waitAtMost } from '../wait.ts';
import { mintRunId, type RunRecord, unknownRun } from './run.ts';
import type { RunFiles, RunStore } from './store.ts';

/** What a run needs to be started: what it is, and the work. */
export interface RunJob {
  /** Equal for calls that ask for the same: they share the run. */
  readonly joinKey: string;
  readonly record: Pick<
    RunRecord,
    'owner' | 'sandbox' | 'plan' | 'target' | 'series' | 'baselineCommit' | 'revisions'
  >;
  readonly work: (run: RunWork) => Promise<RunResult>;
}

export interface RunWork {
  readonly id: string;
  readonly startedAt: string;
  /** Aborts when the host ends; never because a client left. */
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
}

export type RunResult =
  | {
      readonly kind: 'judged';
      readonly files: RunFiles;
      readonly record: Pick<RunRecord, 'verdict' | 'sinceLast'>;
    }
  | { readonly kind: 'trial'; readonly record: Pick<RunRecord, 'trial'> };

interface Active {
  record: RunRecord;
  readonly joinKey: string;
  readonly listeners: Set<(message: string) => void>;
  finished: Promise<void>;
  returned: boolean;
}

/** Runs in progress and those whose result nobody has got yet; the rest is in the store. */
export class RunRegistry {
  readonly #store: RunStore;
  readonly #log: Log;
  readonly #active = new Map<string, Active>();
  readonly #ended = new AbortController();

  constructor(store: RunStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  running(): number {
    return [...this.#active.values()].filter(({ record }) => record.state === 'running').length;
  }

  /** Joins the run of the same call, or takes its result where nobody got it yet, or starts a new one; then waits. */
  async run(job: RunJob, waitSeconds: number, call: HostCall): Promise<RunView> {
    const same = [...this.#active.values()].find((each) => each.joinKey === job.joinKey && !each.returned);
    return await this.#wait(same ?? this.#start(job), waitSeconds, call);
  }

  /** Waits again for a run, or reads a kept one. Rejects with `unknown-run`, or with the error that it ended with. */
  async again(run: string, owner: Owner, waitSeconds: number, call: HostCall): Promise<RunView> {
    const active = this.#active.get(run);
    if (active !== undefined && sameOwner(active.record.owner, owner)) {
      return await this.#wait(active, waitSeconds, call);
    }
    const record = await this.#store.read(run);
    if (record === null || !sameOwner(record.owner, owner)) throw unknownRun(run);
    return await this.#view(record);
  }

  /** The latest first. */
  async ofSandbox(sandbox: string, owner: Owner): Promise<readonly RunRecord[]> {
    const all = await this.#store.list();
    return all
      .filter((each) => each.sandbox === sandbox && sameOwner(each.owner, owner))
      .reverse()
      .slice(0, 20);
  }

  /** Id of the last run with a verdict. Rejects with `unknown-run` where there is none. */
  async lastJudged(owner: Owner): Promise<string> {
    const all = await this.#store.list();
    const last = all.findLast((each) => each.verdict !== null && sameOwner(each.owner, owner));
    if (last === undefined) throw unknownRun('last');
    return last.run;
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await Promise.all([...this.#active.values()].map(({ finished }) => finished));
  }

  #start(job: RunJob): Active {
    const record: RunRecord = {
      ...job.record,
      format: 1,
      run: mintRunId(),
      state: 'running',
      startedAt: new Date().toISOString(),
      doing: null,
      verdict: null,
      trial: null,
      sinceLast: null,
      error: null,
    };
    const active: Active = {
      record,
      joinKey: job.joinKey,
      listeners: new Set(),
      finished: Promise.resolve(),
      returned: false,
    };
    this.#active.set(record.run, active);
    active.finished = this.#work(job, active);
    return active;
  }

  /** Never rejects: how it ended is in the record. */
  async #work(job: RunJob, active: Active): Promise<void> {
    const { run, startedAt } = active.record;
    try {
      await this.#store.put(active.record);
      const result = await job.work({
        id: run,
        startedAt,
        signal: this.#ended.signal,
        progress: (message) => {
          active.record = { ...active.record, doing: message };
          for (const listener of active.listeners) listener(message);
        },
      });
      const done: RunRecord = { ...active.record, ...result.record, state: 'done', doing: null };
      if (result.kind === 'judged') await this.#store.finish(done, result.files);
      else await this.#store.put(done);
      active.record = done;
    } catch (error) {
      await this.#fail(active, error);
    }
    // What nobody asks for any more stays readable through the store.
    setTimeout(() => this.#active.delete(run), 3_600_000).unref();
  }

  async #fail(active: Active, error: unknown): Promise<void> {
    const { run } = active.record;
    const data = this.#ended.signal.aborted ? hostEnded : toErrorData(error);
    active.record = { ...active.record, state: 'error', doing: null, error: data };
    const stack = data.code === 'internal' && error instanceof Error ? error.stack : undefined;
    this.#log.info('run-failed', { run, code: data.code, what: data.what, stack });
    await this.#store
      .put(active.record)
      .catch((failed: unknown) => this.#log.error('run-not-kept', { run, error: String(failed) }));
  }

  async #wait(active: Active, waitSeconds: number, call: HostCall): Promise<RunView> {
    let done = 0;
    const listener = (message: string) => {
      done += 1;
      call.progress({ message, done });
    };
    if (active.record.doing !== null) listener(active.record.doing);
    active.listeners.add(listener);
    try {
      await waitAtMost(active.finished, waitSeconds, call.signal);
    } finally {
      active.listeners.delete(listener);
    }
    if (active.record.state !== 'running') active.returned = true;
    return await this.#view(active.record);
  }

  async #view(record: RunRecord): Promise<RunView> {
    if (record.error !== null) throw SeatrialError.from(record.error);
    const { run, sandbox, plan, target, startedAt, doing, trial, sinceLast } = record;
    const verdict = record.verdict === null ? null : await this.#store.readVerdict(run);
    return {
      run,
      sandbox,
      plan,
      target,
      state: record.state === 'running' ? 'running' : 'done',
      startedAt,
      doing,
      verdict,
      trial,
      sinceLast,
      reportFile: verdict === null ? null : this.#store.reportFile(run),
      baselineCommit: record.baselineCommit,
      revisions: record.revisions,
    };
  }
}

const hostEnded = {
  code: 'host-gone',
  what: 'The host was stopped while this run was going on, so it has no verdict.',
  next: 'Call provision_sandbox and start the run again.',
} as const;
