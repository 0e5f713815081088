import { pairState, stepState } from '../checks.ts';
import type { Facts, PairFacts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function notRepeatable(facts: Facts): Reason[] {
  const next =
    'Make the plan independent of what earlier passes left behind: use {{ unique.… }} values, or clean up in a step.';
  const steps = facts.steps
    .filter((step) => stepState(facts, step) === 'not-repeatable')
    .map(
      ({ check }): Reason => ({
        code: 'not-repeatable',
        message: `Step ${check.id} holds in one pass over the baseline and fails in another.`,
        next,
        check: check.id,
      }),
    );
  const pairs = facts.pairs
    .filter((pair) => pairState(facts, pair) === 'not-repeatable')
    .map((pair): Reason => ({ code: 'not-repeatable', ...why(pair, next), check: pair.check.id }));
  return [...steps, ...pairs];
}

function why({ check, comparison, baseline }: PairFacts, next: string): Pick<Reason, 'message' | 'next'> {
  const blind = comparison?.blind ?? [];
  if (blind.length > 0) {
    return {
      message: `${check.id} is too large at ${blind.join(', ')} to be compared place by place, and differs there between two answers of the baseline: its values there are unseen.`,
      next: 'Ask for less in that request, such as one page of a list.',
    };
  }
  const seen = baseline.map(({ sent: { answer } }) =>
    answer.kind === 'answer' ? String(answer.status) : 'no answer',
  );
  const message = `The baseline answers ${check.id} in one way and in another (${[...new Set(seen)].join(', ')}), so there is nothing to compare with.`;
  return { message, next };
}
