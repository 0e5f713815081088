import { checkState } from '../checks.ts';
import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function baselineTouchedFork(facts: Facts): Reason[] {
  return [...facts.steps, ...facts.pairs]
    .filter((one) => checkState(facts, one) === 'touched-fork')
    .map(({ check }) => ({
      code: 'baseline-touched-fork',
      message: `The baseline's request of ${check.id} was served by a fork, so it shows nothing about the baseline.`,
      next: 'Look for a service that puts a routing key of its own on what it sends, then run again.',
      check: check.id,
    }));
}
