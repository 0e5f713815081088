import { SeatrialError } from '../errors.ts';
import { type ExitCode, exitOfRun } from './exit.ts';
import { readJson } from './files.ts';
import { type Context, callTool, jsonOrText, pairs, show } from './verb.ts';

export interface DiffOptions {
  readonly plan?: string;
  readonly param?: readonly string[];
  readonly requests?: string;
  readonly expected?: string;
  readonly intermittent?: true;
  readonly run?: string;
  readonly wait?: number;
  readonly baseline?: string;
  readonly candidate?: string;
  readonly captures?: string;
  readonly accept?: readonly string[];
  readonly reason?: string;
  readonly json?: boolean;
}

/** The three doors: recorded answers, two addresses, or a sandbox. */
export async function diff(
  context: Context,
  sandbox: string | undefined,
  options: DiffOptions,
): Promise<ExitCode> {
  const { baseline, candidate, captures, requests } = options;
  if (options.accept !== undefined || options.reason !== undefined)
    return acceptFindings(context, sandbox, options);
  const live = baseline !== undefined || candidate !== undefined;
  const ofSandbox = sandbox !== undefined || options.run !== undefined;
  if ([live, captures !== undefined, ofSandbox].filter(Boolean).length !== 1) throw oneDoor();
  if (captures !== undefined) return (await import('./diff-captures.ts')).diffCaptures(context, captures);
  if (!live) return diffSandbox(context, sandbox, options);
  if (baseline === undefined || candidate === undefined || requests === undefined) throw oneDoor();
  const { diffLive } = await import('./diff-live.ts');
  const { intermittent = false, json = false } = options;
  return diffLive(context, { baseline, candidate, requests, intermittent, json });
}

/** No comparison: what a run found is written down as wanted. */
async function acceptFindings(
  context: Context,
  sandbox: string | undefined,
  options: DiffOptions,
): Promise<ExitCode> {
  const { accept: fingerprints, reason = '', run, expected } = options;
  const others = [options.plan, options.requests, options.baseline, options.candidate, options.captures];
  const alone = sandbox === undefined && others.every((option) => option === undefined);
  if (!alone || fingerprints === undefined || reason.trim() === '') {
    throw new SeatrialError('invalid-argument', {
      what: '--accept takes the fingerprint of a finding, with --reason, and compares nothing.',
      next: 'Write `seatrial diff --accept <fingerprint> --reason "why it is wanted"`, with --run for another run than the last.',
    });
  }
  const { accept } = await import('./accept.ts');
  return accept(context, { fingerprints, reason: reason.trim(), run, file: expected });
}

function oneDoor(): SeatrialError {
  return new SeatrialError('invalid-argument', {
    what: 'diff compares a sandbox, two addresses, or recorded answers: one of the three.',
    next: 'Use `seatrial diff <sandbox> --plan NAME`, `seatrial diff --baseline URL --candidate URL --requests FILE`, or `seatrial diff --captures FILE`.',
  });
}

async function diffSandbox(
  context: Context,
  sandbox: string | undefined,
  options: DiffOptions,
): Promise<ExitCode> {
  const { plan, expected, intermittent, run } = options;
  const params = pairs('--param', options.param, jsonOrText);
  const requests = options.requests === undefined ? undefined : await readJson(options.requests);
  const input = { sandbox, plan, params, requests, expected, intermittent, run };
  const result = await callTool(context, 'smart_diff', input, options);
  show(context, result, options.json);
  return exitOfRun(result.data);
}
