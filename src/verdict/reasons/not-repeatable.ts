import { stepState } from '../checks.ts';
import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function notRepeatable(facts: Facts): Reason[] {
  return facts.steps
    .filter((step) => stepState(facts, step) === 'not-repeatable')
    .map(({ check }) => ({
      code: 'not-repeatable',
      message: `Step ${check.id} holds in one pass over the baseline and fails in another.`,
      next: 'Make the plan independent of what earlier passes left behind: use {{ unique.… }} values, or clean up in a step.',
      check: check.id,
    }));
}
