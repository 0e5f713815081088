import { changedServices } from '../changed.ts';
import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function notForked({ evidence, forked }: Facts): Reason[] {
  return changedServices(evidence)
    .filter((service) => !forked.has(service))
    .map((service) => ({
      code: 'not-forked',
      message: `${service} was changed, but the sandbox has no fork of it.`,
      next: `Add ${service} with provision_sandbox and run again.`,
      service,
    }));
}
