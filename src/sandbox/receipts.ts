import type { HopCount, Receipt } from './hop.ts';

/** Whether an answer of this status says that the service failed; null is no answer. A refusal (4xx) is an answer. */
export function isFailure(status: number | null): boolean {
  return status === null || status >= 500;
}

/**
 * One receipt of several routers, or of several questions. Counts of equal requests are added up, the newest hops come
 * last. Incomplete as soon as one part is, with the first reason.
 */
export function sumReceipts(parts: readonly Receipt[], epoch: string, hops: number): Receipt {
  const sums = new Map<string, HopCount>();
  for (const count of parts.flatMap((part) => part.counts)) {
    const key = `${count.correlation ?? ''} ${count.service} ${count.destination} ${count.instance ?? ''}`;
    const before = sums.get(key);
    sums.set(key, before === undefined ? count : added(before, count));
  }
  const incomplete = parts.find((part) => !part.complete);
  const all = parts.flatMap((part) => part.hops).sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return {
    complete: incomplete === undefined,
    incompleteReason:
      incomplete === undefined ? null : (incomplete.incompleteReason ?? 'A router lost counts.'),
    epoch,
    counts: [...sums.values()],
    hops: hops === 0 ? [] : all.slice(-hops),
  };
}

/** What one of both does not tell is not known of their sum. */
function added(one: HopCount, other: HopCount): HopCount {
  const { failed, open = 0, ...sum } = one;
  const opened = open + (other.open ?? 0);
  return {
    ...sum,
    count: one.count + other.count,
    ...(failed === undefined || other.failed === undefined ? {} : { failed: failed + other.failed }),
    ...(opened === 0 ? {} : { open: opened }),
  };
}
