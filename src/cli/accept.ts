import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectedChangesFile } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { SeatrialError } from '../errors.ts';
import { findPlan } from '../plan/find.ts';
import { loadPlans } from '../plan/load.ts';
import { parseExpectedChanges } from '../verdict/expected-file.ts';
import { withExpectedChanges } from '../verdict/expected-write.ts';
import type { RequestFinding, Verdict } from '../verdict/verdict.ts';
import { type ExitCode, exit } from './exit.ts';
import type { Context } from './verb.ts';

interface Accepting {
  readonly fingerprints: readonly string[];
  readonly reason: string;
  /** Missing: the last run of this working tree. */
  readonly run: string | undefined;
  /** Missing: the file that the run's plan names, else the default one. */
  readonly file: string | undefined;
}

/** Writes findings of a run into the file of expected changes. Refuses what that run did not find and settle. */
export async function accept(
  { services, surroundings, terminal }: Context,
  { fingerprints, reason, run, file }: Accepting,
): Promise<ExitCode> {
  const { signal } = terminal;
  const workingTree = await services.workingTree(signal);
  const host = await services.host(signal);
  const call = { signal, progress: () => undefined };
  const view = await host.readRun({ workingTree, run: run ?? 'last' }, call);
  const { verdict } = view;
  if (verdict === null) throw noVerdict(view.run);
  const found = fingerprints.map((print) => findingOf(verdict, print, view.run));
  const { config } = await loadConfig({ root: workingTree, env: surroundings.env });
  const plans =
    view.plan === null ? null : await loadPlans({ root: workingTree, folder: config.plans, config });
  const ofPlan = plans === null || view.plan === null ? null : expectedOf(findPlan(plans, view.plan).steps);
  const path = file ?? ofPlan ?? expectedChangesFile;
  if (path.startsWith('/') || path.split('/').includes('..')) throw outside(path);
  const before = await readFile(join(workingTree, path), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  const base = view.baselineCommit.slice(0, 12);
  const entries = found.map((finding) => ({
    fingerprint: finding.fingerprint,
    reason,
    base,
    expected: whatIsExpected(finding),
  }));
  const after = withExpectedChanges(before, path, entries);
  if (after !== before) await writeFile(join(workingTree, path), after);
  const count = parseExpectedChanges(after, path).length;
  terminal.print(
    after === before
      ? `${path} lists this already; nothing was written.`
      : `Wrote ${path}: it lists ${count} expected ${count === 1 ? 'change' : 'changes'}. Commit it with the change, then run again.`,
  );
  return exit.passed;
}

function findingOf(verdict: Verdict, fingerprint: string, run: string): RequestFinding {
  const found = [...verdict.findings, ...verdict.expected].find((one) => one.fingerprint === fingerprint);
  if (found?.confirmed === true) return found;
  const known = [...new Set(verdict.findings.map((one) => one.fingerprint))].slice(0, 10);
  throw new SeatrialError('invalid-argument', {
    what: `Run ${run} has no settled finding with the fingerprint ${JSON.stringify(fingerprint.slice(0, 80))}.`,
    next:
      known.length === 0
        ? 'Only what a run found can be accepted, and this one found nothing.'
        : `Take one of its findings: ${known.join(', ')}; or name another run with --run.`,
  });
}

function whatIsExpected({ rule, place, request, before, after }: RequestFinding): string {
  const [was, is] = [before, after].map((value) => {
    const text = JSON.stringify(value) ?? 'nothing';
    return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
  });
  return `${rule} at ${place} of ${request}: ${was} -> ${is}`.toWellFormed().slice(0, 900);
}

/** The one file that its steps name; null where they name none. */
function expectedOf(
  steps: readonly { readonly kind: string; readonly expected?: string | null }[],
): string | null {
  return steps.flatMap(({ expected }) => (typeof expected === 'string' ? [expected] : []))[0] ?? null;
}

function noVerdict(run: string): SeatrialError {
  return new SeatrialError('invalid-argument', {
    what: `Run ${run} has no verdict, so it has no findings to accept.`,
    next: 'Wait for its end, or name another run with --run.',
  });
}

function outside(path: string): SeatrialError {
  return new SeatrialError('out-of-root', {
    what: `The file of expected changes ${JSON.stringify(path.slice(0, 200))} leads out of the repository.`,
    next: 'Name it from the root of the repository.',
  });
}
