import type { Answer } from '../../exchange.ts';
import { pairState, stepState } from '../checks.ts';
import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function failsOnBaseline(facts: Facts): Reason[] {
  const next = 'Repair the plan (try it alone with run_plan, target: baseline) or the baseline.';
  const steps = facts.steps
    .filter((step) => stepState(facts, step) === 'fails-on-baseline')
    .map(
      ({ check, baseline }): Reason => ({
        code: 'fails-on-baseline',
        message: `Step ${check.id} fails on the baseline too, so it says nothing about the change: ${baseline[0]?.failures[0] ?? ''}.`,
        next,
        check: check.id,
      }),
    );
  const pairs = facts.pairs
    .filter((pair) => pairState(facts, pair) === 'fails-on-baseline')
    .map(
      ({ check, baseline }): Reason => ({
        code: 'fails-on-baseline',
        message: `The compared request ${check.id} fails on the baseline too (${how(baseline[0]?.sent.answer)}), so equal answers say nothing about the change.`,
        next: 'Repair the request or the baseline; where the error is what is wanted, let a step expect its status and compare that step.',
        check: check.id,
      }),
    );
  return [...steps, ...pairs];
}

function how(answer: Answer | undefined): string {
  return answer?.kind === 'answer' ? `status ${answer.status}` : 'no answer';
}
