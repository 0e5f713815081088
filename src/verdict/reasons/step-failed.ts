import { reached, stepState } from '../checks.ts';
import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function stepFailed(facts: Facts): Reason[] {
  return facts.steps
    .filter((step) => stepState(facts, step) === 'fails')
    .map(({ check, sandbox }) => {
      const failing = sandbox.find((one) => reached(one) && one.failures.length > 0);
      return {
        code: 'step-failed',
        message: `Step ${check.id} fails in the sandbox and holds on the baseline: ${failing?.failures[0] ?? ''}.`,
        next: 'Fix the code that the step exercises, update the sandbox and run again.',
        check: check.id,
      };
    });
}
