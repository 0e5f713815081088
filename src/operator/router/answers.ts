import type { RouterFork, RouterRoutes } from '../agent-api.ts';
import type { Desired, DesiredFork } from './desired.ts';
import type { Trouble } from './probe.ts';

interface Answer {
  readonly version: number;
  readonly text: string;
  readonly routes: RouterRoutes;
  /** When its last fork went; null while it has one. */
  readonly emptySince: number | null;
}

/** How long it is told of a sandbox that it has no fork any more: longer than anybody waits for an answer. */
const emptyKeptMs = 300_000;

/** What the router found out itself. */
export interface Known {
  readonly canarySeen: (fork: DesiredFork) => boolean;
  readonly trouble: (fork: DesiredFork) => Trouble | null;
}

/** What is said of each sandbox, with a version that grows whenever it changes, and those who wait for the next one. */
export class RouteAnswers {
  readonly #answers = new Map<string, Answer>();
  /** By sandbox: who waits for its next answer. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #loaded = false;
  #trouble: string | null = null;
  /** Begins with the time, so that it grows over restarts of the agent, too. */
  #version = Date.now();

  of(sandbox: string): RouterRoutes {
    const said = { loaded: this.#loaded, trouble: this.#trouble };
    return this.#answers.get(sandbox)?.routes ?? { version: 0, ...said, forks: [] };
  }

  /** The answer once its version is above `after`, or as it is when the time is over. */
  async wait(sandbox: string, after: number, waitMs: number, signal: AbortSignal): Promise<RouterRoutes> {
    const until = Date.now() + waitMs;
    for (;;) {
      const answer = this.of(sandbox);
      const left = until - Date.now();
      if (answer.version > after || left <= 0 || signal.aborted) return answer;
      await this.#changed(sandbox, left, signal);
    }
  }

  update(
    loaded: boolean,
    trouble: string | null,
    desired: Pick<Desired, 'forks'>,
    known: Known,
    now = Date.now(),
  ): void {
    this.#loaded = loaded;
    this.#trouble = trouble;
    // What it says of itself is told under no name.
    const sandboxes = new Map<string, RouterFork[]>([['', []]]);
    for (const fork of desired.forks) {
      const forks = sandboxes.get(fork.sandbox) ?? [];
      forks.push(answerOf(fork, known));
      sandboxes.set(fork.sandbox, forks);
    }
    for (const [name, { emptySince }] of this.#answers) {
      if (sandboxes.has(name)) continue;
      if (emptySince !== null && now - emptySince > emptyKeptMs) this.#answers.delete(name);
      else sandboxes.set(name, []);
    }
    for (const [name, forks] of sandboxes) {
      const text = JSON.stringify([loaded, trouble, forks]);
      const before = this.#answers.get(name);
      if (before?.text === text) continue;
      this.#version += 1;
      const version = this.#version;
      const emptySince = forks.length > 0 ? null : (before?.emptySince ?? now);
      const routes = { version, loaded, trouble, forks };
      this.#answers.set(name, { version, text, routes, emptySince });
      for (const wake of [...(this.#waiting.get(name) ?? [])]) wake();
    }
  }

  #changed(sandbox: string, withinMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(sandbox) ?? new Set();
      this.#waiting.set(sandbox, waiting);
      const done = () => {
        clearTimeout(timer);
        waiting.delete(done);
        if (waiting.size === 0 && this.#waiting.get(sandbox) === waiting) this.#waiting.delete(sandbox);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

function answerOf(fork: DesiredFork, { canarySeen, trouble }: Known): RouterFork {
  const { entry, addresses, sandboxUid } = fork;
  if (entry.kind === 'refused') {
    const { service, reason } = entry;
    const found = reason === 'fork-not-ready' ? trouble(fork) : null;
    return {
      service,
      sandboxUid,
      state: 'refused',
      reason,
      instance: null,
      canary: 'pending',
      message: found?.message ?? null,
      ...(found === null ? {} : { listens: found.listens }),
    };
  }
  const { service, instance } = entry;
  const none = addresses.size === 0;
  return {
    service,
    sandboxUid,
    state: 'routed',
    reason: null,
    instance,
    canary: none ? 'not-needed' : canarySeen(fork) ? 'seen' : 'pending',
    message: none
      ? 'No HTTP port of this Service is enrolled: no request with a key can reach the fork.'
      : null,
  };
}
