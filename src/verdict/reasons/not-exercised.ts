import { checkState, reached } from '../checks.ts';
import type { Facts, PairFacts, StepFacts } from '../facts.ts';
import type { Proof } from '../proof.ts';
import type { Reason } from '../verdict.ts';

/** Every check that counts, and every fork that the plan covers. */
export function notExercised(facts: Facts): Reason[] {
  const checks = [...facts.steps, ...facts.pairs].filter((one) => checkState(facts, one) === 'not-exercised');
  const forks = facts.covered.filter((service) => !facts.proven.has(service));
  return [
    ...checks.map((one) => ofCheck(facts, one)),
    ...forks.map((service): Reason => {
      const fails = facts.served.has(service);
      return {
        code: 'not-exercised',
        message: `No request of a check ${fails ? 'was served by' : 'reached'} the fork of ${service}, which the plan covers.`,
        next: fails
          ? `Read the log of ${service} with inspect_sandbox (logs), mend what fails, and run again.`
          : `Add a step whose request reaches ${service}, and see that the services on the way pass the header \`baggage\` on.`,
        service,
      };
    }),
  ];
}

function ofCheck(facts: Facts, { kind, check, sandbox }: StepFacts | PairFacts): Reason {
  const missing = sandbox.find((one) => !reached(one));
  const went = (facts.hops.get(missing?.sent.correlation ?? '') ?? []).map(
    ({ service, destination }) => `${service} (${destination})`,
  );
  return {
    code: 'not-exercised',
    message: `The ${kind === 'step' ? 'step' : 'compared request'} ${check.id} ${why(missing?.proof ?? 'unseen')}; it went through ${went.join(', ') || 'no router'}.`,
    next:
      missing?.proof === 'refused'
        ? 'Look at the forks with inspect_sandbox (logs), then run again.'
        : 'Send it to a service that is forked, or see that the services on the way pass the header `baggage` on; mark set-up and clean-up steps with `proof: none`.',
    check: check.id,
  };
}

function why(proof: Proof): string {
  if (proof === 'refused') return 'was refused by a router, as its fork could not serve';
  if (proof === 'old-code') return 'ran the old code of a forked service at least in part';
  return 'reached no fork of the sandbox';
}
