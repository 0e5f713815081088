import { expectedState } from '../expected.ts';
import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function expectedChangeNotExercised(facts: Facts): Reason[] {
  return facts.evidence.expectedChanges
    .filter((entry) => expectedState(facts, entry) === 'not-exercised')
    .map(({ fingerprint, expected }) => ({
      code: 'expected-change-not-exercised',
      message: `No compared request of this run exercises the expected change ${fingerprint}: ${expected}.`,
      next: 'Run a plan (or smart_diff) that sends the request of that entry.',
    }));
}
