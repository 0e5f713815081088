import { checkState, hiddenFailures } from '../checks.ts';
import type { Facts, PairFacts, StepFacts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

/** One for each check and service. */
export function failureHidden(facts: Facts): Reason[] {
  return [...facts.steps, ...facts.pairs]
    .filter((one) => checkState(facts, one) === 'failure-hidden')
    .flatMap((one) => {
      const failed = hiddenFailures(facts, one);
      const services = [...new Set(failed.map(({ service }) => service))];
      return services.map((service) =>
        ofService(one, service, failed.filter((hops) => hops.service === service).length),
      );
    });
}

function ofService({ kind, check, sandbox }: StepFacts | PairFacts, service: string, times: number): Reason {
  const what = `${kind === 'step' ? 'step' : 'compared request'} ${check.id}`;
  const often = sandbox.length === 1 ? '' : `, in ${times} of ${sandbox.length} passes`;
  return {
    code: 'failure-hidden',
    message: `The fork of ${service} failed all that the ${what} asked of it (5xx, broken off or no answer)${often}, and the answer to ${check.id} does not show it: a neighbour went on without it.`,
    next: `Read the log of ${service} with inspect_sandbox (logs), mend what fails, and run again; where it has to fail, let a step ask ${service} itself and expect its status.`,
    service,
    check: check.id,
  };
}
