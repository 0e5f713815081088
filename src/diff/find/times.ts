import type { Node } from '../read/node.ts';
import { fewAnswers, manyAnswers } from './difference.ts';
import { numberFormat, stringFormat } from './format.ts';
import type { UnderNoise } from './under-noise.ts';

const second = 1000;
const quarter = 15 * 60 * second;
/** No clock of the world is further from another. */
const widestZone = 56;
const distanceAnswers = 4;

/** Instants in milliseconds; null where any value is none. Times without a zone are read as UTC: no result hangs on this machine's. */
export function timesOf(nodes: readonly Node[]): number[] | null {
  const times = nodes.map((node) => {
    if (node.kind === 'string')
      return stringFormat(node.text).startsWith('timestamp') ? Date.parse(asUtc(node.text)) : Number.NaN;
    if (node.kind !== 'number') return Number.NaN;
    const format = numberFormat(node.raw);
    return format === 'number' ? Number.NaN : Number(node.raw) * (format === 'epoch-seconds' ? second : 1);
  });
  return times.length > 0 && times.every(Number.isFinite) ? times : null;
}

function asUtc(text: string): string {
  return stringFormat(text) === 'timestamp-local' ? `${text.replace(' ', 'T')}Z` : text.replace(' ', 'T');
}

/** Times that are another one in each baseline answer: in another zone, so much later or earlier, or standing still. */
export function timesMoved(
  before: readonly number[],
  after: readonly number[],
  sent: readonly (number | null)[],
): UnderNoise | null {
  if (before.length < fewAnswers || after.length < fewAnswers) return null;
  return (
    inAnotherZone(before, after) ?? atAnotherDistance(before, after) ?? standingStill(before, after, sent)
  );
}

/**
 * Passes of the two sides alternate, so a clock of the candidate lies among the baseline's: one that is off by a multiple
 * of a quarter of an hour is in another zone. Starts of processes are off by anything, and stand still in a single fork.
 */
function inAnotherZone(before: readonly number[], after: readonly number[]): UnderNoise | null {
  const { low, high, spread } = rangeOf(before);
  if (spread > 300 * second) return null;
  if (new Set(after).size === 1 && spread > 3 * second) return null;
  const middle = (low + high) / 2;
  const shifts = after.map((time) => Math.round((time - middle) / quarter));
  const shift = shifts[0] ?? 0;
  const near = spread + 5 * second;
  const exact = after.every((time) => Math.abs(time - middle - shift * quarter) <= near);
  if (!exact || Math.abs(shift) < 2 || Math.abs(shift) > widestZone || shifts.some((one) => one !== shift))
    return null;
  return {
    kind: 'value',
    needs: fewAnswers,
    steady: "the baseline's times lie within minutes of each other",
  };
}

/**
 * Where both sides' times go on from answer to answer they hang on the clock, and their distance is a setting: how long
 * a session lives. Of passes that alternate, the candidate's lie among the baseline's but for one of them.
 */
function atAnotherDistance(before: readonly number[], after: readonly number[]): UnderNoise | null {
  if (!goesOn(before) || !goesOn(after)) return null;
  // Two answers may come within one second. The start of a single fork stands still in all.
  if (after.length >= distanceAnswers && new Set(after).size === 1) return null;
  const was = rangeOf(before);
  const is = rangeOf(after);
  const gap = Math.max(is.low - was.high, was.low - is.high);
  const wider = Math.max(was.spread, is.spread);
  if (gap < 10 * second + 3 * wider) return null;
  const steady = "the baseline's times go on with its answers, at another distance";
  return { kind: 'value', needs: distanceAnswers, steady, quiet: true };
}

/** A clock shows when the answer was made, as `Date` does to the second. What happened last may have happened once. */
function standingStill(
  before: readonly number[],
  after: readonly number[],
  sent: readonly (number | null)[],
): UnderNoise | null {
  const isClock = before.every((time, at) => {
    const made = sent[at] ?? null;
    return made !== null && time >= made - 2 * second && time < made + 2 * second;
  });
  if (!isClock || new Set(after).size > 1) return null;
  const steady = "the baseline's times are those at which it answers";
  return { kind: 'value', needs: manyAnswers, steady, quiet: true };
}

function goesOn(times: readonly number[]): boolean {
  return times.every((time, at) => time >= (times[at - 1] ?? time));
}

function rangeOf(times: readonly number[]): { low: number; high: number; spread: number } {
  const [low, high] = [Math.min(...times), Math.max(...times)];
  return { low, high, spread: high - low };
}
