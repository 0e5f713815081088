import type { PairAnswers } from '../diff/compare.ts';
import type { HopCount } from '../sandbox/hop.ts';
import type { CheckEvidence, PassEvidence, SentRequest } from './evidence.ts';
import { failedOf, hopsByCorrelation, showsFailure } from './proof.ts';

/** What was sent under an id, by side, in the order of sending. */
export function sentBySide(
  passes: readonly PassEvidence[],
  id: string,
): { readonly sandbox: SentRequest[]; readonly baseline: SentRequest[] } {
  const of = (side: PassEvidence['side']) =>
    passes.filter((pass) => pass.side === side).flatMap(({ sent }) => sent.filter((one) => one.id === id));
  return { sandbox: of('sandbox'), baseline: of('baseline') };
}

/** Answers a side from which a comparison is made at all: fewer cannot tell noise from a difference. */
export const leastAnswers = 2;

/** The recorded answers of each compared request, as the diff takes them. Pairs without answers on a side are left out. */
export function pairAnswers(evidence: {
  readonly checks: readonly CheckEvidence[];
  readonly passes: readonly PassEvidence[];
  readonly receipts: { readonly complete: boolean; readonly counts: readonly HopCount[] };
}): PairAnswers[] {
  const hops = hopsByCorrelation(evidence.receipts.counts);
  const of = (side: PassEvidence['side'], id: string) =>
    evidence.passes
      .filter((pass) => pass.side === side)
      .flatMap(({ number, sent }) =>
        sent.filter((one) => one.id === id).map((one) => ({ pass: number, one })),
      );
  return evidence.checks.flatMap((check): PairAnswers[] => {
    if (check.kind !== 'pair') return [];
    const [baseline, candidate] = [of('baseline', check.id), of('sandbox', check.id)];
    if (baseline.length === 0 || candidate.length === 0) return [];
    const answers = (sent: typeof baseline) =>
      sent.map(({ pass, one: { request, answer, own } }) => ({
        pass,
        request,
        answer,
        ...(own === undefined ? {} : { own }),
      }));
    const hopsOf = ({ correlation }: SentRequest) => hops.get(correlation) ?? [];
    const calls = (sent: typeof baseline) => sent.map(({ one }) => sums(hopsOf(one), ({ count }) => count));
    const failures = (sent: typeof baseline) =>
      sent.map(({ one }) => (showsFailure(one.answer) ? {} : sums(hopsOf(one), failedOf)));
    const known = [...baseline, ...candidate].every(({ one }) =>
      hopsOf(one).every(({ failed, destination }) => failed !== undefined || destination === 'refused'),
    );
    return [
      {
        id: check.id,
        service: check.service,
        method: check.method,
        pathTemplate: check.pathTemplate,
        baseline: answers(baseline),
        candidate: answers(candidate),
        ...(evidence.receipts.complete
          ? { calls: { baseline: calls(baseline), candidate: calls(candidate) } }
          : {}),
        ...(evidence.receipts.complete && known
          ? { failures: { baseline: failures(baseline), candidate: failures(candidate) } }
          : {}),
      },
    ];
  });
}

/** Hops by service, wherever they went. */
function sums(hops: readonly HopCount[], of: (hop: HopCount) => number): Record<string, number> {
  const all = new Map<string, number>();
  for (const hop of hops) all.set(hop.service, (all.get(hop.service) ?? 0) + of(hop));
  return Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}
