import { Buffer, isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { SeatrialError } from '../errors.ts';
import type { Body, Header } from '../exchange.ts';
import type { CapturedAnswer, Comparison, PairAnswers } from './compare.ts';
import { parseJson } from './read/json.ts';
import type { Node } from './read/node.ts';
import { compareSession } from './session.ts';

/** At most so many answers a side; more settle nothing. */
const answerLimit = 100;

const text = z.union([z.string(), z.number().transform(String)]);
const headers = z
  .union([z.record(z.string(), z.union([text, z.array(text)])), z.array(z.tuple([z.string(), text]))])
  .transform((value): Header[] =>
    Array.isArray(value)
      ? value.map(([name, one]) => [name, one])
      : Object.entries(value).flatMap(([name, one]) => [one].flat().map((each): Header => [name, each])),
  );

const answer = z.strictObject({
  status: z.int().min(100).max(999),
  headers: headers.default([]),
  body: z.unknown().optional(),
  /** How a body that is a string was written down; `base64` for what is no text. */
  encoding: z.enum(['utf8', 'base64']).default('utf8'),
  trailers: headers.optional(),
  /** The recorder kept only the beginning of the body. */
  truncated: z.boolean().default(false),
});

const line = z.strictObject({
  id: z.string().min(1),
  service: z.string().optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  baseline: z.array(answer).min(1).max(answerLimit),
  candidate: z.array(answer).min(1).max(answerLimit),
});

/** Gives findings other severities than their rules do. */
export type Weigh = (
  comparison: Comparison,
  endpoint: Pick<PairAnswers, 'service' | 'method' | 'pathTemplate'>,
) => Comparison;

/**
 * `seatrial diff --captures`: JSON Lines in, JSON Lines out, a line for each capture in the order of the input. Each
 * line is compared by itself. Throws `invalid-captures` with the number of the line.
 */
export function compareCaptures(jsonl: string, weigh: Weigh = (comparison) => comparison): string {
  const lines = jsonl.split('\n').map((source, index) => ({ source: source.trim(), number: index + 1 }));
  return lines
    .filter(({ source }) => source !== '')
    .map(({ source, number }) => `${compareLine(source, number, weigh)}\n`)
    .join('');
}

function compareLine(source: string, number: number, weigh: Weigh): string {
  const pair = parseLine(source, number);
  const [comparison] = compareSession([pair], { intermittent: false });
  if (comparison === undefined) throw new Error('a comparison of one pair is one');
  const { id, differs, findings, unconfirmed, volatile, notes } = weigh(comparison, pair);
  return JSON.stringify({
    id,
    differs,
    findings,
    unconfirmed,
    volatile,
    ...(notes === undefined ? {} : { notes }),
  });
}

/** One line as answers. Bodies keep their source text: no number loses digits on the way. */
function parseLine(source: string, number: number): PairAnswers {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    throw invalid(number, 'it is no JSON');
  }
  const parsed = line.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const at = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    throw invalid(number, `${at}${issue?.message ?? 'it has another form'}`);
  }
  const whole = parseJson(source);
  const root = whole.kind === 'parsed' ? whole.node : null;
  const { id, service = '', method = 'GET', path = '', baseline, candidate } = parsed.data;
  const side = (answers: typeof baseline, name: string): CapturedAnswer[] =>
    answers.map((captured, index) => ({
      pass: index * 2 + (name === 'baseline' ? 1 : 2),
      answer: {
        kind: 'answer',
        status: captured.status,
        headers: captured.headers,
        body: bodyOf(bodyNode(root, name, index), captured, (what) =>
          invalid(number, `${name}.${index}.body: ${what}`),
        ),
        ...(captured.trailers === undefined ? {} : { trailers: captured.trailers }),
        durationMs: 0,
      },
    }));
  return {
    id,
    service,
    method,
    pathTemplate: path,
    baseline: side(baseline, 'baseline'),
    candidate: side(candidate, 'candidate'),
  };
}

function bodyNode(root: Node | null, side: string, index: number): Node | undefined {
  const answers = root?.kind === 'object' ? root.entries.get(side) : undefined;
  const captured = answers?.kind === 'array' ? answers.items[index] : undefined;
  return captured?.kind === 'object' ? captured.entries.get('body') : undefined;
}

function bodyOf(
  node: Node | undefined,
  { encoding, truncated }: Pick<z.output<typeof answer>, 'encoding' | 'truncated'>,
  wrong: (what: string) => SeatrialError,
): Body {
  if (encoding === 'base64' && node !== undefined && node.kind !== 'string')
    throw wrong('base64 is a string');
  const content = node === undefined ? '' : node.kind === 'string' ? node.text : node.raw;
  const body = encoding === 'base64' ? fromBase64(content, wrong) : { encoding, text: content };
  const size = Buffer.byteLength(body.text, body.encoding);
  if (!truncated) return { ...body, size };
  const sha256 = createHash('sha256').update(body.text, body.encoding).digest('hex');
  return { ...body, size, truncated: { sha256 } };
}

function fromBase64(content: string, wrong: (what: string) => SeatrialError): Omit<Body, 'size'> {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(content))
    throw wrong('it is no base64');
  const bytes = Buffer.from(content, 'base64');
  return isUtf8(bytes)
    ? { encoding: 'utf8', text: bytes.toString('utf8') }
    : { encoding: 'base64', text: content };
}

function invalid(number: number, what: string): SeatrialError {
  return new SeatrialError('invalid-captures', {
    what: `Line ${number} of the captures cannot be used: ${what}.`,
    next: 'Give each line the form { id, baseline: [{ status, headers, body }…], candidate: […] }, with at least one answer a side.',
  });
}
