import { expectedState } from '../expected.ts';
import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function expectedChangeAbsent(facts: Facts): Reason[] {
  return facts.evidence.expectedChanges
    .filter((entry) => expectedState(facts, entry) === 'absent')
    .map(({ fingerprint, expected }) => ({
      code: 'expected-change-absent',
      message: `The expected change ${fingerprint} was exercised and did not happen: ${expected}.`,
      next: 'Make the change, or take its entry out of seatrial.expected.yaml.',
    }));
}
