import type { Dimension } from '../finding.ts';

/**
 * Upper estimate of the chance that the baseline was steady by luck alone, if it behaved as the candidate does: the
 * share of candidate answers that agree with the baseline (with one more, for what was not seen), once for each
 * baseline answer.
 */
export function chanceOfSteadiness(baseline: number, candidate: number, agreeing: number): number {
  return ((agreeing + 1) / (candidate + 1)) ** baseline;
}

/** The same for a value that the candidate draws among several: the chance that the baseline drew one of them each time. */
export function chanceOfOneValue(baseline: number, counts: readonly number[]): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count) => sum + (count / all) ** baseline, 0);
}

/** Values and presence flip in healthy services, types and statuses rarely. */
export function doubtLimit(dimension: Dimension): number {
  return dimension === 'type' ? 0.05 : 0.0002;
}
