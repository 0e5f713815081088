import type { Node } from '../read/node.ts';
import { fewAnswers, manyAnswers, type UnderNoise } from './difference.ts';
import { timesMoved, timesOf } from './times.ts';

/** How often a jittering number must leave its range before that is more than jitter. */
const factor = 8;
/** Names of measured times. */
export const measured =
  /^(?:took|elapsed|duration|latency|uptime|age|.*(?:_ms|Ms|_seconds|Seconds|Duration|Latency|Elapsed|Uptime))$/;
/** What lies on either side of zero by its nature. */
const signed = /(?:delta|diff|drift|offset|skew|change|balance|trend)/i;

/** What still shows in numbers and times that are another one in each baseline answer; null where nothing does. */
export function numbersUnderNoise(
  before: readonly Node[],
  after: readonly Node[],
  name: string,
  magnitudeForgiven: boolean,
  sent: { readonly before: readonly (number | null)[]; readonly after: readonly (number | null)[] },
): UnderNoise | null {
  const times = timesOf(before);
  if (times !== null) {
    const others = timesOf(after);
    return others === null
      ? null
      : timesMoved({ times, sent: sent.before }, { times: others, sent: sent.after });
  }
  const was = numbersOf(before);
  const is = numbersOf(after);
  if (was === null || is === null || was.length < fewAnswers || is.length < fewAnswers) return null;
  const steps = stuck(was, is);
  if (steps !== null) return steps;
  if (measured.test(name)) return null;
  return (magnitudeForgiven ? null : outOfRange(was, is)) ?? turned(was, is, name) ?? rounded(was, is);
}

/** Numbers of another size altogether. Counters are not judged: a fork counts from its own start. */
function outOfRange(was: readonly number[], is: readonly number[]): UnderNoise | null {
  if (rising(was) && rising(is)) return null;
  const low = Math.min(...was.map(Math.abs));
  const high = Math.max(...was.map(Math.abs));
  const spread = Math.max(...was) - Math.min(...was);
  const far = is.every((value) => {
    const size = Math.abs(value);
    const gap = size > high ? size - high : low - size;
    return (size >= high * factor || size * factor <= low) && gap > 4 * spread;
  });
  const steady = `the baseline's values lie between ${Math.min(...was)} and ${Math.max(...was)}`;
  if (far) return { kind: 'value', needs: manyAnswers, steady };
  const below = was.every((value) => value > spread) && is.every((value) => value < 0);
  return below ? { kind: 'value', needs: manyAnswers, steady } : null;
}

function turned(was: readonly number[], is: readonly number[], name: string): UnderNoise | null {
  if (signed.test(name) || !was.every((value) => value > 0) || !is.every((value) => value < 0)) return null;
  return { kind: 'value', needs: manyAnswers, steady: 'no baseline value is below zero', quiet: true };
}

/** A number with a fraction is whole by chance, but not each time. One that stands still may be that of a fork at rest. */
function rounded(was: readonly number[], is: readonly number[]): UnderNoise | null {
  const many = new Set(is).size > is.length / 3;
  if (!many || was.some(Number.isInteger) || !is.every(Number.isInteger)) return null;
  return { kind: 'value', needs: manyAnswers, steady: 'every baseline value has a fraction', quiet: true };
}

/**
 * A number that rises by as much with each of our own passes (or each pass of both sides, which alternate) counts them;
 * traffic of others comes as it likes. One that stays at 0 or 1 instead counts nothing, or begins anew each time.
 */
function stuck(was: readonly number[], is: readonly number[]): UnderNoise | null {
  const steps = was.slice(1).map((value, at) => value - (was[at] ?? 0));
  const even = steps.every(
    (step, at) => Number.isInteger(step) && step > 0 && step === (steps[at % 2] ?? step),
  );
  const [start = -1, ...others] = new Set(is);
  if (!even || others.length > 0 || (start !== 0 && start !== 1)) return null;
  return {
    kind: 'value',
    needs: manyAnswers,
    steady: `the baseline's value rises by ${[...new Set(steps.slice(0, 2))].join(' or ')} from answer to answer`,
    quiet: true,
  };
}

function numbersOf(nodes: readonly Node[]): number[] | null {
  const numbers = nodes.map((node) => (node.kind === 'number' ? Number(node.raw) : Number.NaN));
  return numbers.every(Number.isFinite) ? numbers : null;
}

function rising(numbers: readonly number[]): boolean {
  return numbers.every((value, index) => Number.isInteger(value) && value >= (numbers[index - 1] ?? value));
}
