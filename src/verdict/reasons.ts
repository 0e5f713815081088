import type { Facts } from './facts.ts';
import type { ReasonCode } from './reason-kinds.ts';
import { baselineTouchedFork } from './reasons/baseline-touched-fork.ts';
import { breakingFinding } from './reasons/breaking-finding.ts';
import { contractNarrowed } from './reasons/contract-narrowed.ts';
import { expectedChangeAbsent } from './reasons/expected-change-absent.ts';
import { expectedChangeNotExercised } from './reasons/expected-change-not-exercised.ts';
import { failsOnBaseline } from './reasons/fails-on-baseline.ts';
import { failureHidden } from './reasons/failure-hidden.ts';
import { forkCrashed } from './reasons/fork-crashed.ts';
import { forkRestarted } from './reasons/fork-restarted.ts';
import { liveFork } from './reasons/live-fork.ts';
import { notCovered } from './reasons/not-covered.ts';
import { notExercised } from './reasons/not-exercised.ts';
import { notForked } from './reasons/not-forked.ts';
import { notRepeatable } from './reasons/not-repeatable.ts';
import { nothingChecked } from './reasons/nothing-checked.ts';
import { passesMissing } from './reasons/passes-missing.ts';
import { receiptsIncomplete } from './reasons/receipts-incomplete.ts';
import { sandboxGone } from './reasons/sandbox-gone.ts';
import { staleFork } from './reasons/stale-fork.ts';
import { stepFailed } from './reasons/step-failed.ts';
import { stepNotSent } from './reasons/step-not-sent.ts';
import { suspiciousFinding } from './reasons/suspicious-finding.ts';
import { unknownRevision } from './reasons/unknown-revision.ts';
import { unmappedChange } from './reasons/unmapped-change.ts';
import type { Reason } from './verdict.ts';

/** What finds each reason in the facts; empty where the reason does not hold. */
export const reasons: Readonly<Record<ReasonCode, (facts: Facts) => Reason[]>> = {
  'baseline-touched-fork': baselineTouchedFork,
  'breaking-finding': breakingFinding,
  'contract-narrowed': contractNarrowed,
  'expected-change-absent': expectedChangeAbsent,
  'expected-change-not-exercised': expectedChangeNotExercised,
  'failure-hidden': failureHidden,
  'fails-on-baseline': failsOnBaseline,
  'fork-crashed': forkCrashed,
  'fork-restarted': forkRestarted,
  'live-fork': liveFork,
  'not-covered': notCovered,
  'not-exercised': notExercised,
  'not-forked': notForked,
  'not-repeatable': notRepeatable,
  'nothing-checked': nothingChecked,
  'passes-missing': passesMissing,
  'receipts-incomplete': receiptsIncomplete,
  'sandbox-gone': sandboxGone,
  'stale-fork': staleFork,
  'step-failed': stepFailed,
  'step-not-sent': stepNotSent,
  'suspicious-finding': suspiciousFinding,
  'unknown-revision': unknownRevision,
  'unmapped-change': unmappedChange,
};
