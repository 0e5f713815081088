import type { Hop, HopCount } from '../sandbox/hop.ts';
import type { ForkStatus, Revision, Sandbox } from '../sandbox/sandbox.ts';
import type { VerdictWord } from '../verdict/verdict.ts';
import { bytes, cut, fitting, section } from './bounds.ts';
import { data, dataNote, names, plain } from './untrusted.ts';

/** A sandbox as the host gives it and results show it. */
export interface ReportedSandbox {
  readonly sandbox: Sandbox;
  /** By service: the gateway's URL for this sandbox. Empty until ready. */
  readonly urls: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** What the default selection left out: changed files that no service owns. */
  readonly unmapped: readonly string[];
  readonly warnings: readonly string[];
}

export interface ReportedInspection {
  readonly view: ReportedSandbox;
  readonly receipt: { readonly complete: boolean; readonly counts: readonly HopCount[] };
  readonly hops: readonly Hop[];
  readonly runs: readonly {
    readonly run: string;
    readonly plan: string | null;
    readonly state: 'running' | 'done' | 'error';
    readonly verdict: VerdictWord | null;
    readonly startedAt: string;
  }[];
  readonly logs: Readonly<Record<string, readonly string[]>>;
}

/** Bytes of a sandbox's text, and of all those of an inspection together: about 2,000 tokens. */
const mostBytes = 7000;

/** What a sandbox is and what to call next. */
export function sandboxText(view: ReportedSandbox): string {
  return ending(sandboxLines(view), nextLine(view.sandbox));
}

/** Several sandboxes share the bound; those that do not fit are named. */
export function inspectionText(inspections: readonly ReportedInspection[]): string {
  if (inspections.length === 0) return 'No sandbox of yours exists here.\nNext: provision_sandbox {}';
  const [only] = inspections;
  if (only !== undefined && inspections.length === 1) {
    return ending(inspectionLines(only), nextLine(only.view.sandbox));
  }
  const { kept, left } = fitting(inspections, mostBytes - 600, (one) => inspectionLines(one).join('\n'));
  const rest = inspections
    .slice(kept.length)
    .map(({ view: { sandbox } }) => `${sandbox.name} (${sandbox.state})`);
  const more = left > 0 ? [`Not shown for size: ${names(rest, 400)}. Name one to see it.`] : [];
  return cut(
    [...kept, ...more, 'Next: inspect_sandbox { "sandbox": "…" } for one of them.'].join('\n\n'),
    mostBytes,
  );
}

function sandboxLines({ sandbox, urls, headers, unmapped, warnings }: ReportedSandbox): string[] {
  const { reason, baseline } = sandbox;
  const timings = Object.entries(sandbox.timings).map(
    ([phase, ms]) => `${plain(phase, 40)} ${Math.round(ms)} ms`,
  );
  const lines = [
    `Sandbox ${plain(sandbox.name, 60)} is ${sandbox.state}${timings.length > 0 ? ` (${timings.slice(0, 6).join(', ')})` : ''}.`,
    ...(reason === null
      ? []
      : [
          `Why: ${plain(reason.code, 60)}: ${plain(reason.message, 400)}`,
          `To mend it: ${plain(reason.next, 300)}`,
        ]),
    ...section('Forks:', sandbox.forks, 3000, 'forks', forkText),
    ...section(
      'Send requests through these addresses; the routing key is put on for you:',
      Object.entries(urls),
      900,
      'services',
      ([service, url]) => `- ${plain(service, 80)}: ${plain(url, 120)}`,
    ),
    ...section(
      'Services have to pass this header on to those that they call:',
      Object.entries(headers),
      400,
      'headers',
      ([name, value]) => `- ${plain(name, 80)}: ${plain(value, 160)}`,
    ),
    ...(unmapped.length > 0 ? [`Changed files that belong to no service: ${names(unmapped, 300)}.`] : []),
    ...warnings.slice(0, 3).map((warning) => `Warning: ${plain(warning, 200)}`),
    `Baseline ${plain(baseline.commit, 40)}, ${plain(baseline.from, 120)}${baseline.assumed ? ' (assumed)' : ''}. Expires ${plain(sandbox.expiresAt, 40)} unless used.`,
  ];
  return lines;
}

function forkText(fork: ForkStatus): string {
  const state = fork.ready ? 'ready' : `not ready${fork.reason === null ? '' : `, ${fork.reason}`}`;
  const restarts = fork.restarts > 0 ? `, restarted ${fork.restarts} times` : '';
  const message = fork.message === null ? '' : `: ${plain(fork.message, 240)}`;
  const log = fork.logTail.slice(-8).map((line) => `\n    ${data(line, 160)}`);
  const title = log.length > 0 ? `\n  last log lines (${dataNote}):` : '';
  return `- ${plain(fork.service, 80)} from ${revisionText(fork.revision)}: ${state}${restarts}${fork.live ? ', live' : ''}${message}${title}${log.join('')}`;
}

function revisionText(revision: Revision): string {
  if (revision.kind === 'tree') {
    return `tree ${plain(revision.tree, 12)}${revision.ref === null ? '' : ` (${plain(revision.ref, 80)})`}`;
  }
  return `image ${plain(revision.image, 120)} (revision ${plain(revision.revision ?? 'unknown', 40)})`;
}

function inspectionLines({ view, receipt, hops, runs, logs }: ReportedInspection): string[] {
  const counts = new Map<string, { readonly count: number; readonly failed: number }>();
  for (const { service, destination, count, failed = 0 } of receipt.counts) {
    const key = `${plain(service, 80)} ${destination}`;
    const before = counts.get(key) ?? { count: 0, failed: 0 };
    counts.set(key, { count: before.count + count, failed: before.failed + failed });
  }
  const total = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { count, failed }]) => `${key} ${count}${failed === 0 ? '' : ` (${failed} failed)`}`);
  return [
    ...sandboxLines(view),
    `Hops${receipt.complete ? '' : ' (incomplete)'}: ${names(total, 300) || 'none'}.`,
    ...section('Latest hops, newest first:', hops.toReversed(), 700, 'hops', hopText),
    ...section(
      'Runs:',
      runs,
      500,
      'runs',
      (run) =>
        `- ${plain(run.run, 80)} ${plain(run.plan ?? 'smart diff', 80)}: ${run.verdict ?? run.state}, started ${plain(run.startedAt, 40)}`,
    ),
    ...Object.entries(logs).flatMap(([service, lines]) => logLines(service, lines)),
  ];
}

/** The newest lines are the ones that are kept. */
function logLines(service: string, lines: readonly string[]): string[] {
  const { kept } = fitting(lines.slice(-20).toReversed(), 900, (line) => `  ${data(line, 160)}`);
  return kept.length === 0 ? [] : [`Log of ${plain(service, 80)} (${dataNote}):`, ...kept.toReversed()];
}

function hopText(hop: Hop): string {
  const refusal = hop.refusal === null ? '' : ` (${plain(hop.refusal, 80)})`;
  return `- ${plain(hop.at, 40)} ${plain(hop.service, 80)} → ${hop.destination}${refusal} ${hop.status ?? 'no answer'} ${Math.round(hop.durationMs)} ms ${hop.correlation ?? 'without correlation'}`;
}

/** What to do next survives whatever else has to be cut. */
function ending(lines: readonly string[], next: string): string {
  return `${cut(lines.join('\n'), mostBytes - bytes(next) - 1)}\n${next}`;
}

function nextLine(sandbox: Sandbox): string {
  return `Next: ${nextOf(sandbox)}`;
}

/** The call that goes on from a sandbox as it is. */
export function nextOf({ name, state }: Pick<Sandbox, 'name' | 'state'>): string {
  const sandbox = `"sandbox": ${JSON.stringify(plain(name, 60))}`;
  if (state === 'ready') return `list_plans {}, then run_plan { "plan": "…", ${sandbox} }`;
  if (state === 'provisioning') return `provision_sandbox { ${sandbox} } to wait for it.`;
  if (state === 'expiring') return `provision_sandbox { ${sandbox} } to renew its lease.`;
  if (state === 'failed')
    return `mend what is named, then provision_sandbox { ${sandbox} }; or teardown { ${sandbox} }`;
  return 'provision_sandbox {} for a new one.';
}
