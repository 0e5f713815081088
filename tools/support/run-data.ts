import { z } from 'zod';
import type { RunView } from '../../src/host/api.ts';
import type { CheckResult, RequestFinding, Verdict } from '../../src/verdict/verdict.ts';
import { items } from './inputs.ts';

/** Bounds of one result: the rest is in the report. */
const most = { reasons: 8, checks: 20, findings: 8, others: 5, volatile: 10, details: 3, value: 120 };

export const runShape = {
  run: z.string(),
  state: z.enum(['running', 'done']),
  verdict: z.enum(['passed', 'failed', 'inconclusive']).nullable(),
  sandbox: z.string().nullable(),
  plan: z.string().nullable(),
  reasons: items,
  since_last: z.looseObject({}).nullable(),
  findings: items,
  receipts: z.looseObject({}).nullable(),
  report: z.looseObject({}).nullable(),
};

export function runData(view: RunView) {
  const { verdict } = view;
  return {
    run: view.run,
    state: view.state,
    verdict: verdict?.verdict ?? null,
    sandbox: view.sandbox,
    plan: view.plan,
    target: view.target,
    ...(view.doing === null ? {} : { doing: view.doing }),
    reasons: (verdict?.reasons ?? []).slice(0, most.reasons).map((reason) => ({ ...reason })),
    since_last: view.sinceLast === null ? null : sinceLastData(view.sinceLast),
    findings: (verdict?.findings ?? []).slice(0, most.findings).map(findingData),
    findings_total: verdict?.findings.length ?? 0,
    unconfirmed: verdict?.unconfirmed.length ?? 0,
    expected: (verdict?.expected ?? []).slice(0, most.others).map(findingData),
    warnings: (verdict?.warnings ?? []).slice(0, most.others),
    unproven: verdict === null ? null : { ...verdict.unproven },
    receipts: verdict === null ? null : { ...verdict.proof },
    revisions: { ...view.revisions },
    baseline_commit: view.baselineCommit,
    report: view.reportFile === null ? null : { uri: reportUri(view.run), file: view.reportFile },
  };
}

function sinceLastData(since: NonNullable<RunView['sinceLast']>) {
  return {
    ...since,
    fixed: since.fixed.slice(0, most.others),
    added: since.added.slice(0, most.others),
    fixed_total: since.fixed.length,
    added_total: since.added.length,
  };
}

export function reportUri(run: string): string {
  return `seatrial://runs/${run}/report`;
}

/** The steps and pairs, what went wrong first. */
export function checksData(view: RunView) {
  const checks = view.verdict?.checks ?? [];
  const sorted = [...checks.filter(({ outcome }) => outcome !== 'passed'), ...checks.filter(isPassed)];
  return sorted.slice(0, most.checks).map((check) => ({
    id: check.id,
    kind: check.kind,
    outcome: check.outcome,
    exercised: check.exercised,
    ...(isPassed(check) ? {} : { details: check.details.slice(0, most.details).map(short) }),
  }));
}

const isPassed = ({ outcome }: CheckResult) => outcome === 'passed';

export function trialData(view: RunView) {
  return (view.trial ?? []).slice(0, most.checks).map(({ id, ok, details }) => ({
    id,
    ok,
    ...(ok ? {} : { details: details.slice(0, most.details).map(short) }),
  }));
}

export function volatileData(view: RunView) {
  return (view.verdict?.volatile ?? []).slice(0, most.volatile).map((place) => ({ ...place }));
}

function findingData(finding: RequestFinding) {
  return {
    rule: finding.rule,
    severity: finding.severity,
    request: finding.request,
    service: finding.service,
    place: finding.place,
    ...('before' in finding ? { before: bounded(finding.before) } : {}),
    ...('after' in finding ? { after: bounded(finding.after) } : {}),
    why: finding.why,
    effect: finding.effect,
    fingerprint: finding.fingerprint,
  };
}

export function runText(view: RunView): string {
  if (view.state === 'running') {
    return `Run ${view.run} goes on${view.doing === null ? '' : `: ${view.doing}`}.`;
  }
  const lines = view.verdict === null ? trialText(view) : verdictText(view, view.verdict);
  if (view.reportFile !== null) lines.push(`Report: ${reportUri(view.run)} (${view.reportFile})`);
  return lines.join('\n');
}

function verdictText(view: RunView, verdict: Verdict): string[] {
  const where = view.sandbox === null ? '' : ` in ${view.sandbox}`;
  const lines = [`${verdict.verdict.toUpperCase()}: ${view.plan ?? 'smart diff'}${where} (run ${view.run})`];
  for (const { code, message } of verdict.reasons.slice(0, most.reasons)) lines.push(`- ${code}: ${message}`);
  if (view.sinceLast !== null) lines.push(sinceLastText(view.sinceLast));
  for (const finding of verdict.findings.slice(0, most.findings)) lines.push(findingText(finding));
  if (verdict.findings.length > most.findings) {
    lines.push(`${verdict.findings.length - most.findings} more findings are in the report.`);
  }
  for (const finding of verdict.expected.slice(0, most.others))
    lines.push(`As expected: ${findingText(finding)}`);
  for (const check of verdict.checks.filter((check) => !isPassed(check)).slice(0, most.checks)) {
    lines.push(`Check ${check.id}: ${check.outcome}`, ...check.details.slice(0, most.details).map(short));
  }
  const { required, exercised, forks } = verdict.proof;
  const hops = forks.map(({ service, hops }) => `${service} ${hops}`).join(', ');
  lines.push(
    `Proof: ${exercised} of ${required} requests were served by the forks${hops === '' ? '' : ` (hops: ${hops})`}.`,
  );
  const unproven = [...new Set([...verdict.unproven.forks, ...verdict.unproven.services])];
  if (unproven.length > 0) lines.push(`Says nothing of: ${unproven.join(', ')}`);
  for (const warning of verdict.warnings.slice(0, most.others)) lines.push(`Warning: ${warning}`);
  return lines;
}

function sinceLastText(since: NonNullable<RunView['sinceLast']>): string {
  const { fixed, added, remaining } = since;
  return `Since run ${since.run} (${since.verdict}): ${fixed.length} fixed, ${added.length} new, ${remaining} remain.`;
}

function trialText(view: RunView): string[] {
  const lines = [`Tried ${view.plan ?? 'the plan'} on the baseline alone (run ${view.run}): no verdict.`];
  for (const { id, ok, details } of view.trial ?? []) {
    lines.push(`${ok ? 'ok' : 'FAILS'} ${id}`, ...(ok ? [] : details.slice(0, most.details).map(short)));
  }
  return lines;
}

function findingText(finding: RequestFinding): string {
  const before = 'before' in finding ? bounded(finding.before) : '(absent)';
  const after = 'after' in finding ? bounded(finding.after) : '(absent)';
  return (
    `${finding.severity} ${finding.rule} at ${finding.place} of ${finding.request} (${finding.service}): ` +
    `${before} -> ${after}. ${finding.why} ${finding.effect}`
  );
}

/** A value as JSON, cut: it came from a service. */
function bounded(value: unknown): string {
  return short(JSON.stringify(value) ?? 'undefined');
}

function short(text: string): string {
  return text.length <= most.value ? text : `${text.slice(0, most.value)}…`;
}
