import { type Body, headerValues } from '../../exchange.ts';
import type { CapturedAnswer } from '../compare.ts';
import { type BodyForm, type ReadBody, readBody } from './body.ts';
import { readHeaders } from './headers.ts';
import type { Node } from './node.ts';

/** One answer as it is compared. `status` is null where no answer came, and `failure` says why. */
export interface Reading {
  readonly status: number | null;
  readonly failure: string | null;
  readonly headers: ReadonlyMap<string, Node>;
  readonly form: BodyForm;
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
      return { status: null, failure, headers: new Map(), form: 'empty', body: null, notes: [] };
    }
    const type = headerValues(answer.headers, 'content-type')[0] ?? null;
    const { form, node, notes } = read(answer.body, type);
    const headers = readHeaders(answer.headers);
    return { status: answer.status, failure: null, headers, form, body: node, notes };
  };
}
