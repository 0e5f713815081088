import { stepState } from '../checks.ts';
import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function failsOnBaseline(facts: Facts): Reason[] {
  return facts.steps
    .filter((step) => stepState(facts, step) === 'fails-on-baseline')
    .map(({ check, baseline }) => ({
      code: 'fails-on-baseline',
      message: `Step ${check.id} fails on the baseline too, so it says nothing about the change: ${baseline[0]?.failures[0] ?? ''}.`,
      next: 'Repair the plan (try it alone with run_plan, target: baseline) or the baseline.',
      check: check.id,
    }));
}
