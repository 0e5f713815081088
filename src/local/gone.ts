import type { Baseline, Sandbox } from '../sandbox/sandbox.ts';
import type { KnownKey } from './options.ts';

/** A sandbox of a host before, as far as its entry tells. Its forks are not known any more. */
export function goneSandbox(known: KnownKey, baseline: Baseline): Sandbox {
  return {
    name: known.name,
    owner: known.owner,
    state: 'gone',
    routingKey: known.key,
    baseline,
    forks: [],
    reason: known.reason ?? {
      code: 'host-died',
      message: 'Its host died, and its processes ended with it.',
      next: 'Provision again: it makes a new sandbox with a new key.',
    },
    generation: 1,
    createdAt: known.at,
    expiresAt: known.at,
    timings: {},
  };
}
