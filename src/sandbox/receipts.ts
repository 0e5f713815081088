import type { HopCount, Receipt } from './hop.ts';

/**
 * One receipt of several routers, or of several questions. Counts of equal requests are added up, the newest hops come
 * last. Incomplete as soon as one part is, with the first reason.
 */
export function sumReceipts(parts: readonly Receipt[], epoch: string, hops: number): Receipt {
  const sums = new Map<string, HopCount>();
  for (const count of parts.flatMap((part) => part.counts)) {
    const key = `${count.correlation ?? ''} ${count.service} ${count.destination} ${count.instance ?? ''}`;
    const before = sums.get(key)?.count ?? 0;
    sums.set(key, { ...count, count: before + count.count });
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
