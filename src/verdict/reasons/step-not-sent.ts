import { checkState } from '../checks.ts';
import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function stepNotSent(facts: Facts): Reason[] {
  return [...facts.steps, ...facts.pairs]
    .filter((one) => checkState(facts, one) === 'not-sent')
    .map(({ check }) => ({
      code: 'step-not-sent',
      message: `${check.id} was not sent: ${check.notSent ?? 'the run ended before its turn'}.`,
      next: 'Look at the step that should have given the value, and at its `capture`; then run again.',
      check: check.id,
    }));
}
