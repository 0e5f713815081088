import type { Duplex } from 'node:stream';
import type { RequestHead } from './head.ts';
import type { Address } from './table.ts';

/** An answer of our own, in plain text. */
export interface OwnAnswer {
  readonly status: number;
  /** `x-seatrial-error`; null where the caller shall see nothing of ours. */
  readonly error: string | null;
  readonly text: string;
}

/** Told what became of a keyed request. Every call may come more than once; only the first of its kind counts. */
export interface HopObserver {
  /** The request was written to a connection of its destination. */
  sent(): void;
  /** Before the answer is passed on; null where none will be. */
  answered(status: number | null): void;
  /** The answer breaks off, before the caller sees that. */
  brokeOff(): void;
  /** The destination took no connection, so the request was not sent after all. */
  unreachable(status: number): void;
}

/** What a request is written to. */
export type Target = Address | Dial;

/** Reached by a way of its own, such as a channel into a cluster. */
export interface Dial {
  /** Equal where one connection may serve several requests. */
  readonly id: string;
  /** At once; `connect` is emitted when it stands, `error` where it does not. */
  dial(): Duplex;
}

/** What becomes of one request. */
export type Plan =
  | { readonly kind: 'answer'; readonly answer: OwnAnswer }
  | {
      readonly kind: 'forward';
      readonly address: Target;
      /** What runs at the address: a connection is used again only for an equal one. */
      readonly instance: string;
      /** The head in other words (latin1, whole); null passes the bytes on as they came. */
      readonly head: string | null;
      /** A header line to append to the answer, with its line end; null passes the answer on as it came. */
      readonly answerLine: string | null;
      readonly hop: HopObserver | null;
      readonly unreachable: OwnAnswer;
      /** For an answer that is no HTTP/1.1. */
      readonly garbled: OwnAnswer;
    };

/** Decides about a request from its head alone, at once. */
export type Decide = (head: RequestHead) => Plan;

const phrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  421: 'Misdirected Request',
  431: 'Request Header Fields Too Large',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/** The bytes of an answer of ours (RFC 9112). */
export function ownAnswerBytes(answer: OwnAnswer, options: { close: boolean; bodiless: boolean }): Buffer {
  const body = Buffer.from(`${answer.text}\n`);
  const lines = [
    `HTTP/1.1 ${answer.status} ${phrases[answer.status] ?? 'Error'}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${body.length}`,
    ...(answer.error === null ? [] : [`x-seatrial-error: ${answer.error}`]),
    `Connection: ${options.close ? 'close' : 'keep-alive'}`,
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return options.bodiless ? head : Buffer.concat([head, body]);
}
