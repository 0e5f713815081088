import { headerValues } from '../../exchange.ts';
import type { CapturedAnswer } from '../compare.ts';
import { type BodyForm, readBody } from './body.ts';
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
  const bodies = new Map<string, ReturnType<typeof readBody>>();
  return ({ answer }) => {
    if (answer.kind === 'no-answer') {
      const failure = `${answer.reason}: ${answer.message}`;
      return { status: null, failure, headers: new Map(), form: 'empty', body: null, notes: [] };
    }
    const type = headerValues(answer.headers, 'content-type')[0] ?? null;
    const key = `${type}\n${answer.body.encoding}\n${answer.body.truncated?.sha256 ?? ''}\n${answer.body.text}`;
    const known = bodies.get(key) ?? readBody(answer.body, type);
    bodies.set(key, known);
    const headers = readHeaders(answer.headers);
    return {
      status: answer.status,
      failure: null,
      headers,
      form: known.form,
      body: known.node,
      notes: known.notes,
    };
  };
}
