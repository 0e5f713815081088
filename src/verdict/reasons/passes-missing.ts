import { checkState, comparedPairs } from '../checks.ts';
import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

/** Sandbox passes that `intermittent` needs at least (design: smart diff, confirm). */
const leastIntermittent = 6;

/** Something stopped the run early, a check has too few answers, or the diff asks for more. */
export function passesMissing(facts: Facts): Reason[] {
  const { evidence } = facts;
  const next = 'Run again, with fewer requests in one plan where the time limit was the reason.';
  const stopped = evidence.unsent.map(({ message }): Reason => ({ code: 'passes-missing', message, next }));
  const few = [...facts.steps, ...facts.pairs]
    .filter((one) => checkState(facts, one) === 'too-few-passes')
    .map(
      ({ check }): Reason => ({
        code: 'passes-missing',
        message: `${check.id} needs two answers of each side and has fewer.`,
        next,
        check: check.id,
      }),
    );
  const open = comparedPairs(facts)
    .filter(({ comparison, sandbox }) =>
      evidence.intermittent && sandbox.length < leastIntermittent
        ? true
        : (comparison?.wants ?? 0) > 0 ||
          comparison?.findings.some((one) => !one.confirmed && one.severity !== 'harmless') === true,
    )
    .map(
      ({ check }): Reason => ({
        code: 'passes-missing',
        message: `Further passes were needed to settle what differs in ${check.id}, and were not sent.`,
        next,
        check: check.id,
      }),
    );
  return [...stopped, ...few, ...open];
}
