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
  readonly openapi?: string;
  readonly policy?: string;
  readonly openapiBaseline?: string;
  readonly openapiCandidate?: string;
  readonly accept?: readonly string[];
  readonly reason?: string;
  readonly json?: boolean;
}

/** The four doors: recorded answers, two addresses, two OpenAPI documents, or a sandbox. */
export async function diff(
  context: Context,
  sandbox: string | undefined,
  options: DiffOptions,
): Promise<ExitCode> {
  const { baseline, candidate, captures, requests, openapi, policy, openapiBaseline, openapiCandidate } =
    options;
  if (options.accept !== undefined || options.reason !== undefined)
    return acceptFindings(context, sandbox, options);
  const live = baseline !== undefined || candidate !== undefined;
  const documents = openapiBaseline !== undefined || openapiCandidate !== undefined;
  const ofSandbox = sandbox !== undefined || options.run !== undefined;
  if ([live, captures !== undefined, documents, ofSandbox].filter(Boolean).length !== 1) throw oneDoor();
  if (openapi !== undefined && (documents || ofSandbox)) throw notHere('--openapi', documents);
  if (policy !== undefined && ofSandbox) throw notHere('--policy', false);
  const { intermittent = false, json = false } = options;
  if (captures !== undefined)
    return (await import('./diff-captures.ts')).diffCaptures(context, captures, { openapi, policy });
  if (documents) {
    if (openapiBaseline === undefined || openapiCandidate === undefined) throw oneDoor();
    const { diffDocuments } = await import('./diff-documents.ts');
    const given = { baseline: openapiBaseline, candidate: openapiCandidate, policy, json };
    return diffDocuments(context, given);
  }
  if (!live) return diffSandbox(context, sandbox, options);
  if (baseline === undefined || candidate === undefined || requests === undefined) throw oneDoor();
  const { diffLive } = await import('./diff-live.ts');
  return diffLive(context, { baseline, candidate, requests, intermittent, json, openapi, policy });
}

/** No comparison: what a run found is written down as wanted. */
async function acceptFindings(
  context: Context,
  sandbox: string | undefined,
  options: DiffOptions,
): Promise<ExitCode> {
  const { accept: fingerprints, reason = '', run, expected } = options;
  const { openapi, policy, openapiBaseline, openapiCandidate } = options;
  const others = [
    options.plan,
    options.requests,
    options.baseline,
    options.candidate,
    options.captures,
  ].concat([openapi, policy, openapiBaseline, openapiCandidate]);
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
    what: 'diff compares a sandbox, two addresses, recorded answers, or two OpenAPI documents: one of the four.',
    next: 'Use `seatrial diff <sandbox> --plan NAME`, `seatrial diff --baseline URL --candidate URL --requests FILE`, `seatrial diff --captures FILE`, or `seatrial diff --openapi-baseline FILE --openapi-candidate FILE`.',
  });
}

function notHere(option: string, documents: boolean): SeatrialError {
  return new SeatrialError('invalid-argument', {
    what: `${option} is for answers without a sandbox.`,
    next: documents
      ? 'Leave it out: the two documents are given already.'
      : 'With a sandbox, seatrial.yaml names the document of each service (`openapi`), and severities stand in seatrial.policy.yaml.',
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
