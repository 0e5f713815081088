import { z } from 'zod';
import type { CapturedAnswer, Comparison } from '../diff/compare.ts';
import type { Differs } from '../diff/finding.ts';
import { compareSession } from '../diff/session.ts';
import { SeatrialError } from '../errors.ts';
import type { HttpRequest } from '../exchange.ts';
import { send } from '../http/send.ts';
import { type ExitCode, exitOfDiffers } from './exit.ts';
import { readJson } from './files.ts';
import type { Context } from './verb.ts';

/** Two live addresses, no engine: no key is sent, and there is no verdict. */
interface LiveDiff {
  readonly baseline: string;
  readonly candidate: string;
  readonly requests: string;
  readonly json: boolean;
}

const limits = { timeoutMs: 30_000, maxBytes: 5_000_000 };
/** A side is asked at most this often (design.md, section 7). */
const mostAnswers = 7;

type SideName = 'baseline' | 'candidate';

const request = z.strictObject({
  id: z.string().min(1).max(200),
  method: z.string().regex(/^[A-Z]{1,20}$/, 'a method is upper case, such as GET'),
  path: z.string().startsWith('/'),
  headers: z.record(z.string(), z.string()).exactOptional(),
  body: z.unknown().exactOptional(),
});

const file = z
  .array(request)
  .min(1, 'there are no requests')
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two requests have one id');

interface Asked {
  readonly id: string;
  readonly path: string;
  readonly sent: HttpRequest;
  readonly baseline: CapturedAnswer[];
  readonly candidate: CapturedAnswer[];
}

export async function diffLive(context: Context, given: LiveDiff): Promise<ExitCode> {
  const { terminal } = context;
  const origins = {
    baseline: origin('--baseline', given.baseline),
    candidate: origin('--candidate', given.candidate),
  };
  const asked = parseRequests(await readJson(given.requests), given.requests);
  let pass = 0;
  const sendPass = async (side: SideName) => {
    pass += 1;
    for (const [index, one] of asked.entries()) {
      terminal.progress(`Pass ${pass}, ${side}: ${index + 1} of ${asked.length} requests`);
      const { host } = new URL(origins[side]);
      const answer = await send(origins[side], host, one.sent, { ...limits, signal: terminal.signal });
      one[side].push({ pass, request: one.sent, answer });
    }
  };
  // In this order drift hits both sides alike.
  for (const side of ['baseline', 'candidate', 'candidate', 'baseline'] as const) await sendPass(side);
  let comparisons = compare(asked);
  for (let answers = 2; answers < mostAnswers && comparisons.some(({ wants }) => wants > 0); answers += 1) {
    const order: SideName[] = answers % 2 === 0 ? ['candidate', 'baseline'] : ['baseline', 'candidate'];
    for (const side of order) await sendPass(side);
    comparisons = compare(asked);
  }
  const result = resultOf(comparisons);
  if (given.json) terminal.printJson(result);
  else terminal.print(textOf(result));
  return exitOfDiffers([result.differs]);
}

function compare(asked: readonly Asked[]): Comparison[] {
  const pairs = asked.map(({ id, path, sent, baseline, candidate }) => ({
    ...{ id, service: '', method: sent.method, pathTemplate: path },
    ...{ baseline, candidate },
  }));
  return compareSession(pairs, { intermittent: false });
}

const worst: readonly Differs[] = ['none', 'harmless', 'suspicious', 'breaking'];

function resultOf(comparisons: readonly Comparison[]) {
  const rank = Math.max(...comparisons.map(({ differs }) => worst.indexOf(differs)));
  return {
    verdict: 'none',
    differs: worst[rank] ?? 'none',
    proof: 'not-applicable',
    findings: comparisons.flatMap(({ id, findings }) =>
      findings.map((finding) => ({ request: id, ...finding })),
    ),
    unconfirmed: comparisons.flatMap(({ id, unconfirmed }) =>
      unconfirmed.map((finding) => ({ request: id, ...finding })),
    ),
    volatile: comparisons.flatMap(({ id, volatile }) => volatile.map((place) => ({ request: id, ...place }))),
  };
}

function textOf(result: ReturnType<typeof resultOf>): string {
  const lines = result.findings.map(
    ({ severity, rule, place, request, before, after }) =>
      `${severity} ${rule} at ${place} of ${request}: ${shown(before)} -> ${shown(after)}`,
  );
  return [...lines, `Differs: ${result.differs}. No sandbox, so no proof and no verdict.`].join('\n');
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? '(absent)';
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}

function origin(option: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    /^\/?$/.test(url.pathname + url.search)
  ) {
    return url.origin;
  }
  throw new SeatrialError('invalid-argument', {
    what: `${option} takes the address of a server without path, user or query.`,
    next: `Write ${option} http://127.0.0.1:8080 and put paths into the file of requests.`,
  });
}

function parseRequests(value: unknown, name: string): Asked[] {
  const parsed = file.safeParse(value);
  if (parsed.success) return parsed.data.map(toAsked);
  const [first] = parsed.error.issues;
  throw new SeatrialError('invalid-request', {
    what: `${name}: ${first?.path.map(String).join('.') || 'the file'}: ${first?.message}.`,
    next: 'Write a JSON array of { id, method, path, headers?, body? }.',
  });
}

/** A string body is sent as it is, anything else as JSON (design.md, section 7). */
function toAsked({ id, method, path, headers = {}, body }: z.output<typeof request>): Asked {
  const given = Object.entries(headers);
  const typed = given.some(([name]) => name.toLowerCase() === 'content-type');
  const isJson = body !== undefined && typeof body !== 'string';
  const text = isJson ? JSON.stringify(body) : (body as string | undefined);
  const sent: HttpRequest = {
    method,
    path,
    headers: isJson && !typed ? [...given, ['content-type', 'application/json']] : given,
    ...(text === undefined
      ? {}
      : { body: { encoding: 'utf8' as const, text, size: Buffer.byteLength(text) } }),
  };
  return { id, path, sent, baseline: [], candidate: [] };
}
