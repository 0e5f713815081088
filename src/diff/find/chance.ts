import type { Dimension } from '../finding.ts';

/**
 * Upper estimate of the chance that a place which agrees with `before` in any one answer as often as one likes, the same
 * on both sides, agrees in all answers of the baseline and in at most so many of the candidate's.
 */
export function chanceOfSteadiness(baseline: number, candidate: number, agreeing: number): number {
  let highest = 0;
  for (let percent = 1; percent < 100; percent += 1) {
    const often = percent / 100;
    highest = Math.max(highest, often ** baseline * atMost(agreeing, candidate, often));
  }
  return highest;
}

/** The chance of at most so many hits in so many draws. */
function atMost(hits: number, draws: number, often: number): number {
  let term = (1 - often) ** draws;
  let sum = term;
  for (let hit = 1; hit <= hits; hit += 1) {
    term *= ((draws - hit + 1) / hit) * (often / (1 - often));
    sum += term;
  }
  return sum;
}

/** For a value that the candidate draws among several: the chance that the baseline drew one of them each time. */
export function chanceOfOneValue(baseline: number, counts: readonly number[]): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count) => sum + (count / all) ** baseline, 0);
}

/**
 * How likely luck may be before it is the better explanation. Presence and values of two kinds flip in healthy services,
 * types and statuses rarely; a list in no order, or one value of many, seldom comes out the same half of the time.
 */
export function doubtLimit(dimension: Dimension, variety = 2): number {
  if (dimension === 'type') return 0.05;
  return dimension === 'order' || variety > 2 ? 0.001 : 0.0002;
}
