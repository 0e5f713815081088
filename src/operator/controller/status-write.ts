import type { SandboxResourceStatus } from '../../sandbox/resource.ts';
import { installAgain } from '../agent-api.ts';
import { stable } from '../fork/names.ts';

/** Progress that changes nothing for anybody who waits is written at most so often. */
export const progressEveryMs = 2_000;

const seldomestMs = 30_000;

/**
 * The pause between two words of progress, which grows with the time since the last real change: words come after 2, 4,
 * 8 … seconds. Where many start at once, each write holds all of them up.
 */
export function progressPause(sinceChangeMs: number): number {
  return Math.min(Math.max(sinceChangeMs / 2, progressEveryMs), seldomestMs);
}

export type WriteDecision =
  | { readonly kind: 'now' }
  | { readonly kind: 'later'; readonly inMs: number }
  | { readonly kind: 'never' };

/** Whether to write a status: at once where somebody waits for it, bundled where it only tells of progress. */
export function decideWrite(
  before: SandboxResourceStatus | undefined,
  next: SandboxResourceStatus,
  sinceLastWriteMs: number,
  everyMs = progressEveryMs,
): WriteDecision {
  if (before === undefined || stable(weighty(before)) !== stable(weighty(next))) return { kind: 'now' };
  if (stable(before) === stable(next)) return { kind: 'never' };
  return sinceLastWriteMs >= everyMs ? { kind: 'now' } : { kind: 'later', inMs: everyMs - sinceLastWriteMs };
}

/** What callers act on. How often a fork that failed was restarted is not; the next right that is missing is, whoever misses it. */
function weighty({
  phase,
  observedGeneration,
  routingKey,
  expiresAt,
  lease,
  forks = [],
  conditions = [],
}: SandboxResourceStatus) {
  const ready = conditions.find(({ type }) => type === 'Ready');
  const message = ready?.message?.replace(/\d+/g, '#') ?? '';
  return {
    phase,
    observedGeneration,
    routingKey,
    expiresAt,
    lease,
    problem: phase === 'Failed' || message.includes(installAgain) ? [ready?.reason, message] : null,
    forks: phase === 'Ready' ? forks : forks.map(({ service, ready }) => ({ service, ready })),
  };
}
