import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

/** The routers say so themselves, or an answer came that no router saw on its way. */
export function receiptsIncomplete({ evidence, hops }: Facts): Reason[] {
  const next = 'Run again; if it stays, look into the log of the host for what restarts a router.';
  if (!evidence.receipts.complete) {
    const why = evidence.receipts.incompleteReason ?? 'hops may be missing';
    return [{ code: 'receipts-incomplete', message: `The receipts are incomplete: ${why}.`, next }];
  }
  const unseen = evidence.passes
    .flatMap(({ sent }) => sent)
    .filter(({ answer, correlation }) => answer.kind === 'answer' && !hops.has(correlation));
  const ids = [...new Set(unseen.map(({ id }) => id))];
  if (ids.length === 0) return [];
  const message = `The receipts are incomplete: no router counted the request of ${ids.slice(0, 5).join(', ')}, though an answer came.`;
  return [{ code: 'receipts-incomplete', message, next }];
}
