import type { Node } from '../read/node.ts';
import { manyAnswers } from './difference.ts';
import { numberFormat, stringFormat } from './format.ts';

const minute = 60_000;
/** How often a jittering number must leave its range before that is more than jitter. */
const factor = 8;
const measured =
  /^(?:took|elapsed|duration|latency|uptime|age|.*(?:_ms|Ms|_seconds|Seconds|Duration|Latency|Elapsed|Uptime))$/;

export interface MagnitudeBroken {
  readonly needs: number;
  readonly steady: string;
}

/**
 * Where the value itself is noise: whether the candidate's values are of another size altogether. Counters are not
 * judged (a fork counts from its own start), nor are measured times.
 */
export function magnitudeBroken(
  before: readonly Node[],
  after: readonly Node[],
  name: string,
  forgiven: boolean,
): MagnitudeBroken | null {
  const times = timesOf(before);
  if (times !== null) return shiftedTime(times, timesOf(after));
  const was = numbersOf(before);
  const is = numbersOf(after);
  if (forgiven || was === null || is === null || measured.test(name)) return null;
  if (was.length < 2 || (rising(was) && rising(is))) return null;
  const low = Math.min(...was.map(Math.abs));
  const high = Math.max(...was.map(Math.abs));
  const spread = Math.max(...was) - Math.min(...was);
  const far = is.every((value) => {
    const size = Math.abs(value);
    const gap = size > high ? size - high : low - size;
    return (size >= high * factor || size * factor <= low) && gap > 4 * spread;
  });
  const steady = `the baseline's values lie between ${Math.min(...was)} and ${Math.max(...was)}`;
  if (far) return { needs: manyAnswers, steady };
  const turned = was.every((value) => value > spread) && is.every((value) => value < 0);
  return turned ? { needs: manyAnswers, steady } : null;
}

/** All answers come within minutes: a time that is off by a multiple of a quarter of an hour is in another zone. */
function shiftedTime(before: readonly number[], after: readonly number[] | null): MagnitudeBroken | null {
  if (after === null || before.length < 2) return null;
  const low = Math.min(...before);
  const high = Math.max(...before);
  if (high - low > 5 * minute) return null;
  const middle = (low + high) / 2;
  const shifts = after.map((time) => Math.round((time - middle) / (15 * minute)));
  const shift = shifts[0] ?? 0;
  const exact = after.every((time) => Math.abs(time - middle - shift * 15 * minute) < 5 * minute);
  if (!exact || Math.abs(shift) < 2 || Math.abs(shift) > 56 || shifts.some((other) => other !== shift))
    return null;
  return { needs: 2, steady: "the baseline's times lie within minutes of each other" };
}

function timesOf(nodes: readonly Node[]): number[] | null {
  const times = nodes.map((node) => {
    if (node.kind === 'string')
      return stringFormat(node.text).startsWith('timestamp') ? Date.parse(asUtc(node.text)) : Number.NaN;
    if (node.kind !== 'number') return Number.NaN;
    const format = numberFormat(node.raw);
    return format === 'number' ? Number.NaN : Number(node.raw) * (format === 'epoch-seconds' ? 1000 : 1);
  });
  return times.length > 0 && times.every(Number.isFinite) ? times : null;
}

/** Times without a zone are read as UTC, so that the result does not hang on this machine's zone. */
function asUtc(text: string): string {
  return stringFormat(text) === 'timestamp-local' ? `${text.replace(' ', 'T')}Z` : text.replace(' ', 'T');
}

function numbersOf(nodes: readonly Node[]): number[] | null {
  const numbers = nodes.map((node) => (node.kind === 'number' ? Number(node.raw) : Number.NaN));
  return numbers.every(Number.isFinite) ? numbers : null;
}

function rising(numbers: readonly number[]): boolean {
  return numbers.every((value, index) => Number.isInteger(value) && value >= (numbers[index - 1] ?? value));
}
