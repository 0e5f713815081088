import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { ForkExit } from '../sandbox/sandbox.ts';
import type { ProcessGuard } from './guard.ts';
import type { LogRing } from './log-ring.ts';
import { groupMembers, processesMarked, startOf } from './process-table.ts';
import { signalGroup, signalOne } from './signal.ts';

export interface CommandOptions {
  /** Run by `sh -c`. */
  readonly command: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stopSeconds: number;
  readonly log: LogRing;
  readonly guard: ProcessGuard;
}

/** How long a process may take to vanish after SIGKILL; it takes longer only in an uninterruptible wait. */
const killSeconds = 3;

let counter = 0;

/**
 * A command in a process group of its own, known to the guard from its first moment. Every process that it starts inherits
 * SEATRIAL_MARK, by which those are found that leave the group.
 */
export class ProcessGroup {
  readonly pid: number | null;
  readonly mark: string;
  /** Resolves once, when the leader has ended; how is in `exit`. */
  readonly ended: Promise<void>;
  /** Aborted when the leader has ended. */
  readonly alive: AbortSignal;
  exit: ForkExit | null = null;
  /** Why it could not be started at all. */
  spawnError: string | null = null;
  /** Changes with every start: pid and start time. */
  instance: string;
  readonly #options: CommandOptions;
  #stopping: Promise<string | null> | null = null;

  constructor(options: CommandOptions) {
    counter += 1;
    this.#options = options;
    this.mark = `${options.guard.mark}:${counter}.`;
    const child = spawn('/bin/sh', ['-c', options.command], {
      cwd: options.cwd,
      env: { ...options.env, SEATRIAL_MARK: this.mark },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.pid = child.pid ?? null;
    this.instance = `${this.pid ?? 'none'}-${counter}`;
    const ending = new AbortController();
    this.alive = ending.signal;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => options.log.write(chunk));
    }
    this.ended = this.#watch(child).then(() => ending.abort());
    if (this.pid !== null) options.guard.started(this.pid);
  }

  /** Fills in `instance` from the process table; to be awaited before it is told to anybody. */
  async identify(): Promise<void> {
    if (this.pid === null) return;
    const start = await startOf(this.pid);
    if (start !== null) this.instance = `${this.pid}-${start}`;
  }

  /**
   * SIGTERM to the group and to what left it, SIGKILL after `stopSeconds`. Resolves to null when all of it is verified
   * gone, else to what is left; then it can be called again.
   */
  stop(): Promise<string | null> {
    this.#stopping ??= this.#end().then((left) => {
      if (left !== null) this.#stopping = null;
      return left;
    });
    return this.#stopping;
  }

  async #watch(child: ChildProcess): Promise<void> {
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    await new Promise<void>((resolve) => {
      child.once('error', (error) => {
        this.spawnError = error.message;
        this.exit ??= { exitCode: null, signal: null, outOfMemory: false };
        resolve();
      });
      child.once('exit', (exitCode, signal) => {
        this.exit ??= { exitCode, signal: signal ?? signalIn(exitCode), outOfMemory: false };
        resolve();
      });
    });
    // The last lines may still be in the pipe. A child of the leader may hold it open for ever.
    await Promise.race([closed, delay(100)]);
    // Node ends with SIGABRT when its own heap is full; the kernel's killer leaves no trace that a user may read.
    if (this.exit !== null && this.#options.log.tail(50).some((line) => /heap out of memory/i.test(line))) {
      this.exit = { ...this.exit, outOfMemory: true };
    }
  }

  async #end(): Promise<string | null> {
    const { pid } = this;
    if (pid === null) return null;
    signalGroup(pid, 'SIGTERM');
    const gone = await this.#vanish(pid, 'SIGTERM', this.#options.stopSeconds);
    if (!gone) {
      signalGroup(pid, 'SIGKILL');
      await this.#vanish(pid, 'SIGKILL', killSeconds);
    }
    const left = await this.#remaining(pid);
    if (left.length > 0) return `process ${left.join(', ')} did not end after SIGKILL`;
    this.#options.guard.ended(pid);
    return null;
  }

  async #vanish(pid: number, signal: 'SIGTERM' | 'SIGKILL', seconds: number): Promise<boolean> {
    const deadline = performance.now() + seconds * 1000;
    const told = new Set<number>([pid]);
    for (let wait = 5; ; wait = Math.min(wait * 2, 50)) {
      if (this.exit !== null && (await groupMembers(pid)).length === 0) {
        const escaped = await processesMarked(`SEATRIAL_MARK=${this.mark}`);
        if (escaped.length === 0) return true;
        for (const each of escaped) {
          if (!told.has(each.pid)) signalOne(each.pid, signal);
          told.add(each.pid);
        }
      }
      if (performance.now() >= deadline) return false;
      await delay(wait);
    }
  }

  async #remaining(pid: number): Promise<number[]> {
    const members = await groupMembers(pid);
    const escaped = await processesMarked(`SEATRIAL_MARK=${this.mark}`);
    return [...new Set([...members, ...escaped].map((each) => each.pid))];
  }
}

/** A shell that did not `exec` its command tells its end by a signal as exit code 128 + n (POSIX, 2.8.2). */
function signalIn(exitCode: number | null): string | null {
  if (exitCode === null || exitCode <= 128) return null;
  return Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0] ?? null;
}
