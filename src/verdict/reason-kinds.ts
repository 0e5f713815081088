import type { FailedCode, InconclusiveCode } from './verdict.ts';

export type ReasonCode = FailedCode | InconclusiveCode;

export interface ReasonKind {
  /**
   * Phases are judged in this order, and the first that has a reason decides: `doubt` about the whole run
   * (inconclusive), `failure` that is itself proven (failed), `gap` that keeps the rest from being known (inconclusive).
   */
  readonly phase: 'doubt' | 'failure' | 'gap';
  /** One sentence, for the reference. */
  readonly means: string;
  /** The test that turns red when this reason is removed. */
  readonly test: string;
}

/** Every reason that a verdict can give, in the order in which verdicts list them. `docs/errors.md` is made from it. */
export const reasonKinds: Readonly<Record<ReasonCode, ReasonKind>> = {
  'stale-fork': {
    phase: 'doubt',
    means: 'A fork was not made from the tree that the run asked for, at its start or at its end.',
    test: 'stale-fork: an edit after the fork was made',
  },
  'unknown-revision': {
    phase: 'doubt',
    means: "A fork's image names no revision, so nobody can tell which code ran.",
    test: 'unknown-revision: an image without revision',
  },
  'live-fork': {
    phase: 'doubt',
    means: 'Code is swapped into a running fork, which ties the run to no tree.',
    test: 'live-fork: code swapped into the running fork',
  },
  'fork-restarted': {
    phase: 'doubt',
    means: 'A fork was restarted, replaced, added or taken away during the run, and not by its own exit.',
    test: 'fork-restarted: another instance at the end of the run',
  },
  'sandbox-gone': {
    phase: 'doubt',
    means: 'The sandbox was torn down or expired during the run.',
    test: 'sandbox-gone: torn down during the run',
  },
  'receipts-incomplete': {
    phase: 'doubt',
    means: 'Hops may be missing from the receipts, so they prove nothing.',
    test: 'receipts-incomplete: a router restarted during the run',
  },
  'nothing-checked': {
    phase: 'doubt',
    means: 'Nothing was compared or asserted.',
    test: 'nothing-checked: all steps are proof: none',
  },
  'breaking-finding': {
    phase: 'failure',
    means: 'An exercised request is answered differently, in a way that breaks clients.',
    test: 'breaking-finding: a field is gone',
  },
  'step-failed': {
    phase: 'failure',
    means: 'A step fails in the sandbox, where it was exercised, and holds on the baseline.',
    test: 'step-failed: fails at the fork and holds twice on the baseline',
  },
  'fork-crashed': {
    phase: 'failure',
    means: 'A fork exited or ran out of memory while it served the run.',
    test: 'fork-crashed: the fork exits while it serves',
  },
  'expected-change-absent': {
    phase: 'failure',
    means: 'An expected change was exercised and did not happen.',
    test: 'expected-change-absent: exercised, and nothing differs',
  },
  'failure-hidden': {
    phase: 'gap',
    means:
      'A fork failed all that a request asked of it, and a neighbour hid that: the answer is no error, and proves nothing.',
    test: 'failure-hidden: the fork fails and the answer does not show it',
  },
  'not-exercised': {
    phase: 'gap',
    means: 'A check, or a fork that the plan covers, has no request that was served by a fork.',
    test: 'not-exercised: a request that only the baseline served',
  },
  'baseline-touched-fork': {
    phase: 'gap',
    means: "The baseline's half of a check was served by a fork.",
    test: 'baseline-touched-fork: a baseline request with a hop at a fork',
  },
  'not-covered': {
    phase: 'gap',
    means: 'The plan covers no fork of the sandbox, or there is none.',
    test: 'not-covered: the plan covers another service',
  },
  'unmapped-change': {
    phase: 'gap',
    means: 'A changed file belongs to no service and is not under `ignore`.',
    test: 'unmapped-change: a changed file of no service',
  },
  'not-forked': {
    phase: 'gap',
    means: 'A service was changed and the sandbox has no fork of it.',
    test: 'not-forked: a changed service without fork',
  },
  'fails-on-baseline': {
    phase: 'gap',
    means:
      'A failed step fails on the baseline too, or a compared request is answered with an error there: it says nothing about the change.',
    test: 'fails-on-baseline: fails on both sides',
  },
  'not-repeatable': {
    phase: 'gap',
    means:
      'Two passes over the baseline disagree on whether a step holds, or on how a compared request is answered, or in what is too large to be compared place by place.',
    test: 'not-repeatable: baseline passes disagree',
  },
  'passes-missing': {
    phase: 'gap',
    means: 'Further passes were needed and could not be sent.',
    test: 'passes-missing: the time limit ended the run',
  },
  'suspicious-finding': {
    phase: 'gap',
    means:
      'An exercised request is answered differently in a way that may matter, and no expected change names it.',
    test: 'suspicious-finding: a header is gone',
  },
  'contract-narrowed': {
    phase: 'gap',
    means:
      "A service's OpenAPI document takes fewer requests than the baseline's copy, and no expected change names it.",
    test: 'contract-narrowed: the document asks for a parameter more',
  },
  'expected-change-not-exercised': {
    phase: 'gap',
    means: 'No compared request exercises an expected change.',
    test: 'expected-change-not-exercised: an entry of another request',
  },
  'step-not-sent': {
    phase: 'gap',
    means: 'A check was not sent, as a value that it refers to was missing.',
    test: 'step-not-sent: a reference without value',
  },
};
