import { compareSession } from '../diff/session.ts';
import type { CheckEvidence, PassEvidence, ReceiptsEvidence, StepCheck } from '../verdict/evidence.ts';
import { expectationFailures } from '../verdict/expect.ts';
import { leastAnswers, pairAnswers, sentBySide } from '../verdict/sent.ts';

/** How many more answers a side would settle what is open; 0 where nothing is. */
export function openAnswers(
  seen: {
    readonly checks: readonly CheckEvidence[];
    readonly passes: readonly PassEvidence[];
    readonly receipts: ReceiptsEvidence;
  },
  intermittent: boolean,
): number {
  return Math.max(0, ...compareSession(pairAnswers(seen), { intermittent }).map(({ wants }) => wants));
}

/** Ids of asserting steps that fail in a sandbox pass and lack passes on the baseline to be judged against. */
export function failedSteps(steps: readonly StepCheck[], passes: readonly PassEvidence[]): string[] {
  return steps
    .filter(({ id, expect, proof }) => {
      if (expect === null || proof === 'none') return false;
      const { sandbox, baseline } = sentBySide(passes, id);
      const failed = sandbox.some((one) => expectationFailures(one.expect ?? expect, one.answer).length > 0);
      return failed && baseline.length < leastAnswers;
    })
    .map(({ id }) => id);
}
