import type { CheckResult, Reason, Verdict } from '../verdict/verdict.ts';
import { bytes, cut, section } from './bounds.ts';
import { type Cause, groupCauses } from './cause.ts';
import { countBySeverity } from './group.ts';
import type { ReportedRun, ReportedSinceLast } from './run.ts';
import { data, dataNote, names, plain, valueText } from './untrusted.ts';

/** Bytes of a summary's text, whatever the run saw: about 2,000 tokens. */
export const mostSummaryBytes = 7000;

/** The text of a run for agents and people: the verdict first, the next call last. */
export function summaryText(run: ReportedRun): string {
  if (run.state === 'running') return runningText(run);
  if (run.verdict === null) return trialText(run);
  const { verdict } = run;
  const groups = groupCauses(verdict.findings);
  const tail = `\nNext: ${plain(verdict.next, 300)}\nThen call: ${nextCall(run, verdict)}`;
  const body = [
    headline(run, verdict),
    ...reasonLines(verdict),
    ...findingLines(verdict, groups),
    ...acceptLines(run, groups),
    ...checkLines(verdict.checks),
    ...factLines(run, verdict),
  ];
  // What to do next survives whatever else has to be cut.
  return cut(body.join('\n'), mostSummaryBytes - bytes(tail)) + tail;
}

function headline(run: ReportedRun, verdict: Verdict): string {
  const what = run.plan === null ? 'smart diff' : `plan ${plain(run.plan, 80)}`;
  const where = `${what}, sandbox ${plain(run.sandbox ?? 'none', 80)}, run ${plain(run.run, 80)}`;
  const { required, exercised } = verdict.proof;
  if (verdict.verdict === 'passed') {
    return `PASSED: all ${required} requests that needed proof ran in the changed code, and nothing failed or broke (${where}).`;
  }
  if (verdict.verdict === 'failed') {
    const breaking = verdict.findings.filter(({ severity }) => severity === 'breaking').length;
    const others = verdict.reasons.filter(
      ({ code }) => code !== 'breaking-finding' && code !== 'step-failed',
    );
    const failed = verdict.checks.filter(({ outcome }) => outcome === 'failed').length;
    const parts = [
      breaking === 0 ? '' : `${breaking} breaking ${breaking === 1 ? 'finding' : 'findings'}`,
      failed === 0 ? '' : `${failed} failed ${failed === 1 ? 'check' : 'checks'}`,
      ...new Set(others.map(({ code }) => code)),
    ].filter(Boolean);
    return `FAILED: the change broke something${parts.length > 0 ? `: ${parts.join(', ')}` : ''} (${where}).`;
  }
  return `INCONCLUSIVE: neither passed nor failed; ${exercised} of ${required} requests were proven (${where}).`;
}

function reasonLines(verdict: Verdict): string[] {
  return section(
    'Because:',
    verdict.reasons,
    1300,
    'reasons, in the report',
    ({ code, message, next }) => `- ${code}: ${plain(message, 260)} Next: ${plain(next, 160)}`,
  );
}

function findingLines(verdict: Verdict, groups: readonly Cause[]): string[] {
  const title = `Findings (${countBySeverity(verdict.findings)}; ${dataNote}):`;
  return section(title, groups, 2400, 'findings, in the report', findingText);
}

function findingText({ first, requests, alsoAt }: Cause, index: number): string {
  return [
    `${index + 1}. ${first.severity} ${first.rule} at ${data(first.place, 120)}${otherPlaces(alsoAt)}, ${plain(first.service, 60)}, in ${names(requests, 160)}`,
    `   ${valueText(first.before, 160)} → ${valueText(first.after, 160)}`,
    `   ${plain(first.effect, 200)} ${plain(first.why, 200)} [${plain(first.fingerprint, 64)}]`,
  ].join('\n');
}

/** One change in the code shows at many places: the first says what, the rest where. */
function otherPlaces(places: readonly string[]): string {
  if (places.length === 0) return '';
  const shown = places.slice(0, 2).map((place) => data(place, 60));
  const more = places.length > shown.length ? ' …' : '';
  return ` and ${places.length} more ${places.length === 1 ? 'place' : 'places'} (${shown.join(', ')}${more})`;
}

function checkLines(checks: readonly CheckResult[]): string[] {
  const passed = checks.filter(({ outcome }) => outcome === 'passed').length;
  const rest = checks.filter(({ outcome }) => outcome !== 'passed');
  const lines = section(null, rest, 600, 'checks, in the report', ({ id, kind, title, outcome, details }) => {
    const more = details[0] === undefined ? '' : `: ${data(details[0], 200)}`;
    const what = kind === 'pair' ? 'compared request' : 'step';
    return `- ${outcome}: ${what} ${plain(id, 60)} ${data(title, 80)}${more}`;
  });
  return [`Checks: ${passed} of ${checks.length} passed.`, ...lines];
}

function factLines(run: ReportedRun, verdict: Verdict): string[] {
  const { required, exercised, forks } = verdict.proof;
  const hops = forks.map(
    ({ service, hops: count, requests, failed = 0 }) =>
      `${service} ${count} (${requests} requests${failed === 0 ? '' : `, ${failed} failed`})`,
  );
  const unproven = [
    ...verdict.unproven.forks.map((fork) => `fork ${fork}`),
    ...verdict.unproven.services.map((service) => `changed service ${service}`),
  ];
  const revisions = Object.entries(run.revisions).map(
    ([service, revision]) => `${service} ${revision.slice(0, 12)}`,
  );
  return [
    `Receipts: ${exercised} of ${required} requests exercised; hops at forks: ${names(hops, 240) || 'none'}.`,
    ...(unproven.length > 0 ? [`Not proven by this run: ${names(unproven, 240)}.`] : []),
    ...countLine(verdict),
    ...verdict.warnings.slice(0, 2).map((warning) => `Warning: ${plain(warning, 160)}`),
    ...(run.sinceLast === null ? [] : [sinceLastText(run.sinceLast)]),
    `Baseline ${plain(run.baselineCommit, 40)}; forks from ${names(revisions, 160) || 'nothing'}.`,
    ...(run.reportFile === null ? [] : [`Report: ${plain(run.reportFile, 300)}`]),
  ];
}

function countLine(verdict: Verdict): string[] {
  const parts = [
    [verdict.volatile.length, 'volatile places forgiven'],
    [verdict.unconfirmed.length, 'differences unconfirmed'],
    [verdict.expected.length, 'expected changes seen'],
  ] as const;
  const shown = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return shown.length === 0 ? [] : [`${shown.join(', ')}.`];
}

function sinceLastText(last: ReportedSinceLast): string {
  const fixed = last.fixed.length > 0 ? ` (${names(last.fixed, 120)})` : '';
  const added = last.added.length > 0 ? ` (${names(last.added, 120)})` : '';
  return `Since run ${plain(last.run, 80)} (${last.verdict}): ${last.fixed.length} fixed${fixed}, ${last.added.length} new${added}, ${last.remaining} remain.`;
}

/** An entry to copy: which fields the file wants is not to be guessed. */
function acceptLines(run: ReportedRun, groups: readonly Cause[]): string[] {
  const first = groups.find(({ first: { severity } }) => severity !== 'harmless')?.first;
  if (first === undefined) return [];
  const text = (value: string) => JSON.stringify(value);
  return [
    'Only where such a difference is wanted, an entry of the list in seatrial.expected.yaml accepts it:',
    `- { fingerprint: ${text(plain(first.fingerprint, 64))}, reason: "…", base: ${text(plain(run.baselineCommit.slice(0, 12), 12))}, expected: ${text(first.rule)} }`,
  ];
}

/** Reasons that new forks do not mend: the plan, the requests or what they go through has to change. */
const notOfForks: ReadonlySet<Reason['code']> = new Set<Reason['code']>([
  'not-exercised',
  'not-covered',
  'nothing-checked',
  'baseline-touched-fork',
  'fails-on-baseline',
  'not-repeatable',
  'passes-missing',
  'expected-change-not-exercised',
  'step-not-sent',
]);

/** The call that goes on from here. */
export function nextCall(run: ReportedRun, verdict: Verdict): string {
  const sandbox = JSON.stringify(plain(run.sandbox ?? '', 80));
  if (verdict.verdict === 'passed')
    return `teardown { "sandbox": ${sandbox} } when you are done, or list_plans for the next plan`;
  const again =
    run.plan === null
      ? `smart_diff { "sandbox": ${sandbox}, … }`
      : `run_plan { "plan": ${JSON.stringify(plain(run.plan, 80))}, "sandbox": ${sandbox} }`;
  const update = `provision_sandbox { "sandbox": ${sandbox} }`;
  if (verdict.reasons.some(({ code }) => code === 'not-covered')) {
    return 'list_plans {} for the plans that cover the forks';
  }
  if (verdict.reasons.every(({ code }) => notOfForks.has(code))) {
    return `${again} when that is done; after an edit of a service, ${update} first`;
  }
  return `${update} to bring its forks up to date, then ${again}`;
}

function runningText(run: ReportedRun): string {
  const what = run.plan === null ? 'smart_diff' : 'run_plan';
  const doing = run.doing === null ? '' : `: ${plain(run.doing, 300)}`;
  return `RUNNING${doing} (run ${plain(run.run, 80)}). It goes on by itself.\nNext: call ${what} { "run": ${JSON.stringify(plain(run.run, 80))} } to wait for its end.`;
}

function trialText(run: ReportedRun): string {
  const steps = run.trial ?? [];
  const failed = steps.filter(({ ok }) => !ok);
  return [
    `TRIED ON THE BASELINE: ${steps.length - failed.length} of ${steps.length} steps hold. No verdict: no change was tried (plan ${plain(run.plan ?? 'none', 80)}, run ${plain(run.run, 80)}).`,
    ...section(
      `Steps that fail there (${dataNote}):`,
      failed,
      3000,
      'steps, in the report',
      ({ id, title, details }) =>
        `- ${plain(id, 60)} ${data(title, 80)}: ${data(details[0] ?? 'it failed', 240)}`,
    ),
    failed.length > 0
      ? 'Next: correct the plan, or the baseline, and try it again: on a sandbox these steps would be inconclusive.'
      : 'Next: run_plan with a sandbox.',
  ].join('\n');
}
