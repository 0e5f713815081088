import type { Answer } from '../exchange.ts';
import type { HopCount } from '../sandbox/hop.ts';
import { isFailure } from '../sandbox/receipts.ts';
import type { ForkStatus } from '../sandbox/sandbox.ts';
import type { SentRequest } from './evidence.ts';

/**
 * What the hops of one request prove. `exercised`: it reached a fork, and no part of it ran the old code of a forked
 * service. `fork-failed`: it did, and every hop at a fork failed, which its answer hides. `old-code`: some part ran the
 * old code. `refused`: a router turned a part of it away. `unseen`: no router saw it.
 */
export type Proof = 'exercised' | 'fork-failed' | 'missed' | 'old-code' | 'refused' | 'unseen';

/** The hops of one request at the fork of one service. */
export interface ForkHops {
  /** As the request's callers name it. */
  readonly service: string;
  /** The forked service. */
  readonly fork: string;
  readonly hops: number;
  /** Those that failed, or had no answer when the run ended. None where that is not known. */
  readonly failed: number;
}

export function hopsByCorrelation(counts: readonly HopCount[]): ReadonlyMap<string, readonly HopCount[]> {
  const hops = new Map<string, HopCount[]>();
  for (const count of counts) {
    if (count.correlation === null || count.count <= 0) continue;
    const known = hops.get(count.correlation);
    if (known === undefined) hops.set(count.correlation, [count]);
    else known.push(count);
  }
  return hops;
}

/** The forked service whose fork a hop met. Callers may have reached it by another Service over the same workload. */
export function forkOf(
  { instance, service }: Pick<HopCount, 'instance' | 'service'>,
  forks: readonly Pick<ForkStatus, 'instance' | 'service'>[],
): string {
  return forks.find((fork) => fork.instance === instance)?.service ?? service;
}

export function proofOf(
  { correlation, answer }: Pick<SentRequest, 'correlation' | 'answer'>,
  hops: ReadonlyMap<string, readonly HopCount[]>,
  forks: readonly Pick<ForkStatus, 'instance' | 'service'>[],
): Proof {
  const own = hops.get(correlation) ?? [];
  if (own.length === 0) return 'unseen';
  if (own.some(({ destination }) => destination === 'refused')) return 'refused';
  const forked = new Set(forks.map(({ service }) => service));
  if (own.some(({ destination, service }) => destination === 'baseline' && forked.has(service)))
    return 'old-code';
  const reached = forkHops(own, forks);
  if (reached.length === 0) return 'missed';
  return showsFailure(answer) || reached.some(({ hops: count, failed }) => failed < count)
    ? 'exercised'
    : 'fork-failed';
}

export function forkHops(
  own: readonly HopCount[],
  forks: readonly Pick<ForkStatus, 'instance' | 'service'>[],
): ForkHops[] {
  const found = new Map<string, ForkHops>();
  for (const hop of own.filter(({ destination }) => destination === 'fork')) {
    const { service, count } = hop;
    const before = found.get(service);
    found.set(service, {
      service,
      fork: forkOf(hop, forks),
      hops: count + (before?.hops ?? 0),
      failed: failedOf(hop) + (before?.failed ?? 0),
    });
  }
  return [...found.values()];
}

/** Hops that are no success: a run that ends before an answer has seen none. */
export function failedOf({ failed, open = 0 }: HopCount): number {
  return failed === undefined ? 0 : failed + open;
}

/** The check itself looks at such an answer: no neighbour hides what failed. */
export function showsFailure(answer: Answer): boolean {
  return answer.kind === 'no-answer' || isFailure(answer.status);
}
