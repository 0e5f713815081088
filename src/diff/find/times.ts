import type { Node } from '../read/node.ts';
import { fewAnswers, manyAnswers, type UnderNoise } from './difference.ts';
import { numberFormat, stringFormat } from './format.ts';

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

/** Times of one side, and when each answer says it was made (null where it does not). */
export interface Clocked {
  readonly times: readonly number[];
  readonly sent: readonly (number | null)[];
}

/** Times that are another one in each baseline answer: in another zone, so much later or earlier, or standing still. */
export function timesMoved(before: Clocked, after: Clocked): UnderNoise | null {
  if (before.times.length < fewAnswers || after.times.length < fewAnswers) return null;
  const was = distances(before);
  const is = distances(after);
  if (was === null || is === null) return inAnotherZone(before.times, after.times, after.times);
  return (
    inAnotherZone(was, is, after.times) ??
    atAnotherDistance(was, is, after.times) ??
    standingStill(was, after.times)
  );
}

/** From `Date` to each time: so answers can be compared that were recorded on different days. */
function distances({ times, sent }: Clocked): number[] | null {
  const found = times.map((time, at) => time - (sent[at] ?? Number.NaN));
  return found.every(Number.isFinite) ? found : null;
}

/**
 * A clock that is off by a multiple of a quarter of an hour is in another zone. Starts of processes are off by anything,
 * and stand still in a single fork.
 */
function inAnotherZone(
  before: readonly number[],
  after: readonly number[],
  raw: readonly number[],
): UnderNoise | null {
  const { low, high, spread } = rangeOf(before);
  if (spread > 300 * second) return null;
  if (new Set(raw).size === 1 && spread > 3 * second) return null;
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

/** Times that go on with the clock keep their distance to it, and that is a setting: how long a session lives. */
function atAnotherDistance(
  before: readonly number[],
  after: readonly number[],
  raw: readonly number[],
): UnderNoise | null {
  const was = rangeOf(before);
  const is = rangeOf(after);
  if (was.spread > 3 * second || is.spread > 3 * second) return null;
  // Two answers may come within one second. The start of a single fork stands still in all.
  if (raw.length >= distanceAnswers && new Set(raw).size === 1) return null;
  if (Math.max(is.low - was.high, was.low - is.high) < 10 * second) return null;
  const steady = "the baseline's times keep their distance to when it answers";
  return { kind: 'value', needs: distanceAnswers, steady, quiet: true };
}

/** A clock shows when the answer was made, as `Date` does to the second. What happened last may have happened once. */
function standingStill(before: readonly number[], raw: readonly number[]): UnderNoise | null {
  if (before.some((distance) => Math.abs(distance) > 2 * second) || new Set(raw).size > 1) return null;
  const steady = "the baseline's times are those at which it answers";
  return { kind: 'value', needs: manyAnswers, steady, quiet: true };
}

function rangeOf(times: readonly number[]): { low: number; high: number; spread: number } {
  const [low, high] = [Math.min(...times), Math.max(...times)];
  return { low, high, spread: high - low };
}
