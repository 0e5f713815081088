import type { HopCount } from '../sandbox/hop.ts';
import type { ForkStatus } from '../sandbox/sandbox.ts';
import type { SentRequest } from './evidence.ts';

/**
 * What the hops of one request prove. `exercised`: it reached a fork, and no part of it ran the old code of a forked
 * service. `old-code`: some part did. `refused`: a router turned a part of it away. `unseen`: no router saw it.
 */
export type Proof = 'exercised' | 'missed' | 'old-code' | 'refused' | 'unseen';

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
  { correlation }: Pick<SentRequest, 'correlation'>,
  hops: ReadonlyMap<string, readonly HopCount[]>,
  forked: ReadonlySet<string>,
): Proof {
  const own = hops.get(correlation) ?? [];
  if (own.length === 0) return 'unseen';
  if (own.some(({ destination }) => destination === 'refused')) return 'refused';
  if (own.some(({ destination, service }) => destination === 'baseline' && forked.has(service)))
    return 'old-code';
  return own.some(({ destination }) => destination === 'fork') ? 'exercised' : 'missed';
}
