import type { Severity } from '../diff/finding.ts';
import type { CheckResult, ProofSummary, Reason, VerdictWord } from '../verdict/verdict.ts';
import { within } from './bounds.ts';
import { type Cause, groupCauses } from './cause.ts';
import type { ReportedRun } from './run.ts';
import { plain } from './untrusted.ts';

/** The same as `summaryText`, as data, within as many bytes. `before` and `after` are JSON texts, cut; untrusted. */
export interface RunSummary {
  readonly run: string;
  readonly state: 'running' | 'done';
  readonly plan: string | null;
  readonly sandbox: string | null;
  readonly target: 'sandbox' | 'baseline';
  readonly doing: string | null;
  readonly verdict: VerdictWord | null;
  readonly reasons: readonly {
    readonly code: Reason['code'];
    readonly message: string;
    readonly next: string;
  }[];
  readonly findings: readonly FindingSummary[];
  /** Checks that did not pass; for a trial on the baseline its failed steps. */
  readonly steps: readonly StepSummary[];
  readonly counts: {
    readonly checks: number;
    readonly passed: number;
    readonly findings: number;
    readonly volatile: number;
    readonly unconfirmed: number;
    readonly expected: number;
  };
  readonly receipts: {
    readonly required: number;
    readonly exercised: number;
    readonly forks: ProofSummary['forks'];
  };
  readonly unproven: { readonly forks: readonly string[]; readonly services: readonly string[] };
  readonly since_last: {
    readonly run: string;
    readonly verdict: VerdictWord;
    readonly fixed: number;
    readonly added: number;
    readonly remaining: number;
  } | null;
  readonly baseline: string;
  readonly report: string | null;
  readonly next: string;
  /** How many entries of each list are left out for size; they are in the report. */
  readonly left_out: { readonly reasons: number; readonly findings: number; readonly steps: number };
}

export interface FindingSummary {
  readonly rule: string;
  readonly severity: Severity;
  readonly service: string;
  readonly requests: readonly string[];
  readonly place: string;
  /** Where the same happened to the same name: at most three other places, and how many places in all. */
  readonly also_at?: readonly string[];
  readonly places?: number;
  readonly before: string | null;
  readonly after: string | null;
  readonly effect: string;
  readonly fingerprint: string;
}

export interface StepSummary {
  readonly id: string;
  /** A request may be asserted as a step and compared as a pair. */
  readonly kind: CheckResult['kind'];
  readonly outcome: CheckResult['outcome'];
  readonly exercised: boolean | null;
  readonly detail: string | null;
}

export function summaryData(run: ReportedRun): RunSummary {
  const { verdict } = run;
  const groups = groupCauses(verdict?.findings ?? []);
  const reasons = within(verdict?.reasons ?? [], 1300, reasonData);
  const findings = within(groups, 2700, findingData);
  const steps =
    verdict === null
      ? within(
          (run.trial ?? []).filter(({ ok }) => !ok),
          900,
          trialData,
        )
      : within(
          verdict.checks.filter(({ outcome }) => outcome !== 'passed'),
          900,
          stepData,
        );
  const forks = within(verdict?.proof.forks ?? [], 400, (fork) => ({
    ...fork,
    service: plain(fork.service, 60),
  }));
  const { sinceLast } = run;
  const checks = verdict?.checks ?? [];
  return {
    run: plain(run.run, 80),
    state: run.state,
    plan: run.plan === null ? null : plain(run.plan, 80),
    sandbox: run.sandbox === null ? null : plain(run.sandbox, 80),
    target: run.target,
    doing: run.doing === null ? null : plain(run.doing, 200),
    verdict: verdict?.verdict ?? null,
    reasons: reasons.kept,
    findings: findings.kept,
    steps: steps.kept,
    counts: {
      checks: verdict === null ? (run.trial ?? []).length : checks.length,
      passed:
        verdict === null
          ? (run.trial ?? []).filter(({ ok }) => ok).length
          : checks.filter(({ outcome }) => outcome === 'passed').length,
      findings: verdict?.findings.length ?? 0,
      volatile: verdict?.volatile.length ?? 0,
      unconfirmed: verdict?.unconfirmed.length ?? 0,
      expected: verdict?.expected.length ?? 0,
    },
    receipts: {
      required: verdict?.proof.required ?? 0,
      exercised: verdict?.proof.exercised ?? 0,
      forks: forks.kept,
    },
    unproven: {
      forks: shortNames(verdict?.unproven.forks ?? []),
      services: shortNames(verdict?.unproven.services ?? []),
    },
    since_last:
      sinceLast === null
        ? null
        : {
            run: plain(sinceLast.run, 80),
            verdict: sinceLast.verdict,
            fixed: sinceLast.fixed.length,
            added: sinceLast.added.length,
            remaining: sinceLast.remaining,
          },
    baseline: plain(run.baselineCommit, 40),
    report: run.reportFile === null ? null : plain(run.reportFile, 300),
    next: plain(verdict?.next ?? '', 300),
    left_out: { reasons: reasons.left, findings: findings.left, steps: steps.left },
  };
}

function reasonData({ code, message, next }: Reason) {
  return { code, message: plain(message, 260), next: plain(next, 160) };
}

function findingData({ first, requests, alsoAt }: Cause): FindingSummary {
  return {
    rule: first.rule,
    severity: first.severity,
    service: plain(first.service, 60),
    requests: requests.slice(0, 5).map((request) => plain(request, 60)),
    place: plain(first.place, 120),
    ...(alsoAt.length === 0
      ? {}
      : { also_at: alsoAt.slice(0, 3).map((place) => plain(place, 80)), places: alsoAt.length + 1 }),
    before: json(first.before),
    after: json(first.after),
    effect: plain(first.effect, 200),
    fingerprint: plain(first.fingerprint, 64),
  };
}

function stepData({ id, kind, outcome, exercised, details }: CheckResult): StepSummary {
  return {
    id: plain(id, 60),
    kind,
    outcome,
    exercised,
    detail: details[0] === undefined ? null : plain(details[0], 200),
  };
}

function trialData({
  id,
  details,
}: {
  readonly id: string;
  readonly details: readonly string[];
}): StepSummary {
  return {
    id: plain(id, 60),
    kind: 'step',
    outcome: 'failed',
    exercised: null,
    detail: details[0] === undefined ? null : plain(details[0], 200),
  };
}

function json(value: unknown): string | null {
  return value === undefined ? null : plain(JSON.stringify(value), 160);
}

function shortNames(list: readonly string[]): string[] {
  return [...within(list, 250, (name) => plain(name, 60)).kept];
}
