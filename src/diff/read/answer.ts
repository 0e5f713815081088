import { type Body, type Header, headerValues } from '../../exchange.ts';
import type { CapturedAnswer } from '../compare.ts';
import { type BodyForm, type ReadBody, readBody } from './body.ts';
import { readHeaders, sentAt } from './headers.ts';
import type { Node } from './node.ts';

/** One answer as it is compared. `status` is null where no answer came, and `failure` says why. */
export interface Reading {
  readonly status: number | null;
  readonly failure: string | null;
  /** When the answer says it was made (`Date`), in milliseconds since 1970; null where it does not. */
  readonly sent: number | null;
  readonly headers: ReadonlyMap<string, Node>;
  readonly trailers: ReadonlyMap<string, Node>;
  readonly form: BodyForm;
  /** Whether a byte order mark stands before JSON. */
  readonly marked: boolean;
  readonly body: Node | null;
  readonly notes: readonly string[];
}

/** Reads answers, each distinct body once: equal bodies are one node, which costs nothing to compare. */
export function answerReader(): (captured: CapturedAnswer) => Reading {
  const known = new Map<string, Map<string, ReadBody>>();
  const read = (body: Body, type: string | null): ReadBody => {
    const kind = `${type}\n${body.encoding}\n${body.truncated?.sha256 ?? ''}`;
    const bodies = known.get(kind) ?? new Map<string, ReadBody>();
    const result = bodies.get(body.text) ?? readBody(body, type);
    known.set(kind, bodies.set(body.text, result));
    return result;
  };
  return ({ answer }) => {
    if (answer.kind === 'no-answer') {
      const failure = `${answer.reason}: ${answer.message}`;
      return {
        status: null,
        failure,
        sent: null,
        headers: new Map(),
        trailers: new Map(),
        form: 'empty',
        marked: false,
        body: null,
        notes: [],
      };
    }
    const coded = unknownCoding(answer.headers);
    const type = headerValues(answer.headers, 'content-type')[0] ?? null;
    const { form, node, notes } = read(answer.body, coded === null ? type : 'application/octet-stream');
    return {
      status: answer.status,
      failure: null,
      sent: sentAt(answer.headers),
      headers: readHeaders(answer.headers),
      trailers: readHeaders(answer.trailers ?? []),
      form,
      marked: isMarked(form, answer.body),
      body: node,
      notes: coded === null || node === null ? notes : [...notes, unread(coded)],
    };
  };
}

/** JSON must not begin with a byte order mark (RFC 8259, section 8.1), and many parsers refuse it. */
function isMarked(form: BodyForm, body: Body): boolean {
  return (
    form === 'json' &&
    (body.encoding === 'utf8' ? body.text.startsWith('\uFEFF') : body.text.startsWith('77u/'))
  );
}

const codings: ReadonlySet<string> = new Set(['', 'identity', 'gzip', 'x-gzip', 'br', 'deflate', 'zstd']);

/** A coding that is not undone before answers get here; null where there is none. */
function unknownCoding(headers: readonly Header[]): string | null {
  const names = headerValues(headers, 'content-encoding').flatMap((line) => line.split(','));
  return names.map((name) => name.trim().toLowerCase()).find((name) => !codings.has(name)) ?? null;
}

function unread(coding: string): string {
  return `A body in the content coding ${JSON.stringify(coding.slice(0, 40))} is not decoded: it is compared as bytes.`;
}
