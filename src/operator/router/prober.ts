import { setTimeout as sleep } from 'node:timers/promises';
import type { Pod } from '../../kube/objects.ts';
import type { Address } from '../../routing/table.ts';
import { instanceOf, isReady, isRunning } from './objects.ts';
import { ask, type Trouble } from './probe.ts';
import { type ProbeCheck, probePlan } from './probe-plan.ts';

const soonestMs = 100;
const latestMs = 500;
/** Once it serves, and its pod is not Ready. */
const askAgainMs = 1000;
const answerWithinMs = 1000;
/** A fork that served goes on until this many questions in a row go wrong. */
const mostFailures = 3;

export interface ProbedFork {
  readonly pod: Pod;
  readonly targets: readonly Address[];
}

export interface ProberOptions {
  /** A fork began to serve, or ceased to. */
  readonly onServes: () => void;
  /** What keeps a fork from serving is another thing than before. */
  readonly onTrouble: () => void;
}

interface Watched {
  fork: ProbedFork;
  serves: boolean;
  failures: number;
  /** What the last answer was short of. */
  trouble: Trouble | null;
  /** Asked at least once since it runs. */
  asked: boolean;
  readonly end: AbortController;
  wake: (() => void) | null;
}

/**
 * Asks the pods of forks whether they serve: ten times a second until they do, so that a fork is routed to as soon as
 * it can be and not when the kubelet next looks. Then only while the kubelet says that it is not Ready.
 */
export class Prober {
  readonly #watched = new Map<string, Watched>();
  readonly #options: ProberOptions;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  serves(instance: string): boolean {
    return this.#watched.get(instance)?.serves ?? false;
  }

  /** Why it does not serve; null where it does, or was not asked yet. */
  trouble(instance: string): Trouble | null {
    return this.#watched.get(instance)?.trouble ?? null;
  }

  /** Whether every running pod was asked at least once. */
  get settled(): boolean {
    return [...this.#watched.values()].every(({ asked, fork }) => asked || !isRunning(fork.pod));
  }

  /** These forks and no others. */
  follow(forks: readonly ProbedFork[]): void {
    const instances = new Set<string>();
    for (const fork of forks) {
      const instance = instanceOf(fork.pod);
      instances.add(instance);
      const known = this.#watched.get(instance);
      if (known === undefined) this.#begin(instance, fork);
      else if (known.fork.pod !== fork.pod || !sameTargets(known.fork.targets, fork.targets)) {
        known.fork = fork;
        known.wake?.();
      }
    }
    for (const [instance, { end }] of this.#watched) {
      if (instances.has(instance)) continue;
      end.abort();
      this.#watched.delete(instance);
    }
  }

  close(): void {
    this.follow([]);
  }

  #begin(instance: string, fork: ProbedFork): void {
    const end = new AbortController();
    const begun = { serves: false, failures: 0, trouble: null, asked: false };
    const watched: Watched = { fork, ...begun, end, wake: null };
    this.#watched.set(instance, watched);
    void this.#run(watched, end.signal);
  }

  async #run(watched: Watched, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (isRunning(watched.fork.pod)) {
        const answer = await troubleOf(watched.fork);
        if (signal.aborted) return;
        this.#note(watched, answer);
      }
      await pause(watched, signal, this.#askEveryMs());
    }
  }

  /** Ten times a second, and seldomer where many start at once: asking must not take the processor that they need. */
  #askEveryMs(): number {
    const starting = [...this.#watched.values()].filter(({ serves, fork }) => !serves && isRunning(fork.pod));
    return Math.min(Math.max(starting.length * 10, soonestMs), latestMs);
  }

  #note(watched: Watched, trouble: Trouble | null): void {
    const answer = trouble === null;
    const changed = !watched.asked || trouble?.message !== watched.trouble?.message;
    watched.asked = true;
    watched.trouble = trouble;
    watched.failures = answer ? 0 : watched.failures + 1;
    const serves = answer || (watched.serves && watched.failures < mostFailures);
    if (serves !== watched.serves) {
      watched.serves = serves;
      this.#options.onServes();
    } else if (changed) this.#options.onTrouble();
  }
}

function sameTargets(some: readonly Address[], others: readonly Address[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ host, port }, at) => host === others[at]?.host && port === others[at].port)
  );
}

async function troubleOf({ pod, targets }: ProbedFork): Promise<Trouble | null> {
  const { checks, needsCondition } = probePlan(pod, targets);
  const ready = isReady(pod);
  if (needsCondition && !ready) {
    return { listens: true, message: 'Its readiness probe, a command, did not succeed yet.' };
  }
  // A port that takes no connection is known at a tenth of the price: most questions end there.
  const silent = await first(checks.slice(0, targets.length));
  // What the kubelet found is not asked again; that its ports take connections from here is.
  return silent ?? (ready ? null : await first(checks.slice(targets.length)));
}

async function first(checks: readonly ProbeCheck[]): Promise<Trouble | null> {
  const answers = await Promise.all(checks.map((check) => ask(check, answerWithinMs)));
  return answers.find((trouble) => trouble !== null) ?? null;
}

/** Until it is to be asked again: soon, later, or when its pod changes. */
async function pause(watched: Watched, signal: AbortSignal, askEveryMs: number): Promise<void> {
  const { pod } = watched.fork;
  if (!watched.serves && isRunning(pod)) await sleep(askEveryMs, null, { signal }).catch(() => {});
  else {
    const changed = new Promise<void>((resolve) => {
      watched.wake = resolve;
    });
    const later = new AbortController();
    const waits: Promise<unknown>[] = [
      changed,
      sleep(60_000, null, { signal: later.signal }).catch(() => {}),
    ];
    if (watched.serves && !isReady(pod))
      waits.push(sleep(askAgainMs, null, { signal: later.signal }).catch(() => {}));
    const stop = () => later.abort();
    signal.addEventListener('abort', stop, { once: true });
    await Promise.race(waits);
    signal.removeEventListener('abort', stop);
    later.abort();
    watched.wake = null;
  }
}
