import type { PairAnswers } from '../compare.ts';
import type { Node } from '../read/node.ts';
import { type Difference, fewAnswers, manyAnswers } from './difference.ts';

/** Services that one request reaches more often than before, where each side is steady. */
export function callDifferences({ calls }: PairAnswers, baselineAnswers: number): Difference[] {
  if (calls === undefined) return [];
  const before = calls.baseline.slice(0, baselineAnswers);
  const after = calls.candidate;
  const services = [...new Set([...before, ...after].flatMap(Object.keys))].sort();
  return services.flatMap((service) => {
    const was = steadyCount(before, service);
    const is = steadyCount(after, service);
    if (was === null || is === null || is <= was || (was === 0 && is < 2)) return [];
    const steady = `each baseline request reaches ${service} ${was} time${was === 1 ? '' : 's'}`;
    return [atService({ kind: 'calls', service, was, is, needs: fewAnswers, seen: after.length, steady })];
  });
}

/**
 * Services that fail each request at least once more than any of the baseline's, behind answers that are no errors: a
 * neighbour hides it. What a service does now and then on its own is outnumbered by as many answers as chance asks for.
 */
export function failureDifferences(
  { failures }: PairAnswers,
  baselineAnswers: number,
  candidateAnswers: number,
): Difference[] {
  if (failures === undefined) return [];
  const before = failures.baseline.slice(0, baselineAnswers);
  const after = failures.candidate.slice(0, candidateAnswers);
  if (before.length === 0 || after.length === 0) return [];
  const services = [...new Set(after.flatMap(Object.keys))].sort();
  return services.flatMap((service) => {
    const most = Math.max(...before.map((entry) => entry[service] ?? 0));
    const least = Math.min(...after.map((entry) => entry[service] ?? 0));
    if (least <= most) return [];
    const steady =
      most === 0
        ? `no call of a baseline request to ${service} fails`
        : `at most ${most} calls of a baseline request to ${service} fail`;
    const seen = after.length;
    return [atService({ kind: 'failures', service, was: most, is: least, needs: manyAnswers, seen, steady })];
  });
}

function atService(found: {
  readonly kind: 'calls' | 'failures';
  readonly service: string;
  readonly was: number;
  readonly is: number;
  readonly needs: number;
  readonly seen: number;
  readonly steady: string;
}): Difference {
  const { kind, service, was, is, needs, seen, steady } = found;
  const place = `${kind}:${service}`;
  return {
    kind,
    place: { place, key: place, name: service, area: 'calls' },
    before: count(was),
    after: count(is),
    needs,
    doubtful: false,
    seen,
    of: seen,
    steady,
  };
}

function steadyCount(calls: readonly Readonly<Record<string, number>>[], service: string): number | null {
  const counts = new Set(calls.map((entry) => entry[service] ?? 0));
  return counts.size === 1 ? ([...counts][0] ?? null) : null;
}

function count(value: number): Node {
  return { kind: 'number', raw: String(value) };
}
