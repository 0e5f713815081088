/** One HTTP request and what came back, as data: what is recorded, stored, compared and judged. */

/** Name as it was on the wire; names compare without case. Several lines of one name are several entries. */
export type Header = readonly [name: string, value: string];

export interface HttpRequest {
  readonly method: string;
  /** Origin form (RFC 9112, section 3.2.1): begins with `/`, with the query. */
  readonly path: string;
  readonly headers: readonly Header[];
  readonly body?: Body;
}

/** `text` is the body itself (`utf8`) or its base64 (`base64`, where the bytes are not valid UTF-8). */
export interface Body {
  readonly encoding: 'utf8' | 'base64';
  readonly text: string;
  /** Bytes of the whole body, after content decoding. */
  readonly size: number;
  /** Only where `text` holds less than the whole body: the SHA-256 of the whole, in hex. */
  readonly truncated?: { readonly sha256: string };
}

export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Body;
  readonly trailers?: readonly Header[];
  readonly durationMs: number;
}

/** What is known of the process that answers by whoever started it: no two processes of the same code agree on it. */
export interface OwnProcess {
  readonly pid?: number;
  readonly port?: number;
  /** The name of its pod. */
  readonly pod?: string;
  /** In milliseconds since 1970: from its start until it served. */
  readonly started?: { readonly from: number; readonly to: number };
}

/** No complete answer came. `message` says what happened in the words of a person. */
export interface NoAnswer {
  readonly kind: 'no-answer';
  readonly reason: 'timeout' | 'connection' | 'broken-off' | 'too-large' | 'protocol';
  readonly message: string;
  readonly durationMs: number;
}

export type Answer = HttpAnswer | NoAnswer;

/** The values of a header, in order, by a name without case. */
export function headerValues(headers: readonly Header[], name: string): string[] {
  const wanted = name.toLowerCase();
  return headers.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value);
}

export const emptyBody: Body = { encoding: 'utf8', text: '', size: 0 };
