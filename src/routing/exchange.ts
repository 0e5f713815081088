import { BodyScanner } from './body.ts';
import { findHeadEnd, parseResponseHead, type RequestHead, type ResponseHead } from './head.ts';
import type { OwnAnswer, Plan } from './plan.ts';
import { ProtocolError } from './protocol.ts';
import type { Upstream, UpstreamUser } from './upstream.ts';

/** What an exchange needs of the connection that its request came by. */
export interface CallerSide {
  /** False where it takes no more for now; `callerDrained` follows. */
  write(bytes: Buffer): boolean;
  pause(): void;
  resume(): void;
  /** Fresh where `fresh`, else the one that rests here for this destination, if any. */
  upstreamFor(plan: Forward, user: UpstreamUser, fresh: boolean): Upstream;
  /** The exchange is over. `upstream` may rest for the next one; null where it may not. */
  done(upstream: Upstream | null, close: boolean): void;
  /** Nothing was passed on, so we may answer. */
  answer(answer: OwnAnswer): void;
  /** No answer, or no more of it: the caller must see that it broke off. */
  breakOff(reset: boolean): void;
  /** An upgrade: from here on bytes pass both ways, and what waits for the next request is for the tunnel. */
  tunnelled(): void;
  /** In a tunnel: the service will send no more, but may go on reading. */
  endTunnel(): void;
}

export type Forward = Extract<Plan, { kind: 'forward' }>;

/** Safe to send twice (RFC 9110, section 9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** One request on its way to a service and the answer on its way back. Nothing is kept but heads that are not whole. */
export class Exchange implements UpstreamUser {
  readonly #head: RequestHead;
  readonly #plan: Forward;
  readonly #bytes: Buffer;
  readonly #caller: CallerSide;
  readonly #requestBody: BodyScanner;
  #upstream: Upstream;
  #reused: boolean;
  /** Bytes of an answer's head that is not whole. */
  #partial: Buffer | null = null;
  #answerHead: ResponseHead | null = null;
  #answerBody: BodyScanner | null = null;
  #answerBegan = false;
  #tunnel = false;
  #ended = false;
  #over = false;

  /** Begins at once. `bytes`: the head to send. */
  constructor(head: RequestHead, plan: Forward, bytes: Buffer, caller: CallerSide) {
    this.#head = head;
    this.#plan = plan;
    this.#bytes = bytes;
    this.#caller = caller;
    this.#requestBody = new BodyScanner(head.framing);
    this.#upstream = caller.upstreamFor(plan, this, false);
    this.#reused = this.#upstream.used;
    this.#send();
  }

  get wantsBytes(): boolean {
    return this.#tunnel || !this.#requestBody.done;
  }

  /** Takes bytes of the body (all of them in a tunnel) from `start` on; returns where the rest begins. */
  fromCaller(bytes: Buffer, start: number): number {
    const end = this.#tunnel ? bytes.length : this.#requestBody.consume(bytes, start);
    if (end > start && !this.#upstream.write(bytes.subarray(start, end))) this.#caller.pause();
    if (!this.#tunnel && this.#requestBody.done) this.#settle();
    return end;
  }

  /** The caller will send no more, and all that it sent has been taken. The service is told as it would be directly. */
  callerEnded(): void {
    this.#ended = true;
    this.#upstream.end();
  }

  callerDrained(): void {
    this.#upstream.resume();
  }

  /** The caller is gone. */
  abort(reset: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#plan.hop?.answered(null);
    this.#upstream.destroy(reset);
  }

  onConnected(): void {
    this.#plan.hop?.sent();
  }

  onDrain(): void {
    this.#caller.resume();
  }

  onBytes(bytes: Buffer): void {
    if (this.#over) return;
    if (this.#tunnel) {
      this.#pass(bytes);
      return;
    }
    try {
      if (this.#answerBody === null) this.#headBytes(bytes);
      else this.#bodyBytes(bytes, 0, 0);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#garbled();
    }
  }

  onEnd(): void {
    if (this.#over) return;
    if (this.#tunnel) this.#caller.endTunnel();
    else if (this.#answerIsWhole()) this.#finish(null, true);
    else this.#brokenOff(false);
  }

  onLost(error: Error | null): void {
    if (this.#over) return;
    if (!this.#upstream.connected && !this.#answerBegan) {
      this.#over = true;
      this.#plan.hop?.unreachable(this.#plan.unreachable.status);
      this.#caller.answer(this.#plan.unreachable);
    } else if (!this.#tunnel && error === null && this.#answerIsWhole()) {
      this.#finish(null, true);
    } else {
      this.#brokenOff(error !== null);
    }
  }

  #send(): void {
    if (this.#upstream.connected) this.#plan.hop?.sent();
    if (!this.#upstream.write(this.#bytes)) this.#caller.pause();
  }

  #headBytes(fresh: Buffer): void {
    this.#answerBegan = true;
    const bytes = this.#partial === null ? fresh : Buffer.concat([this.#partial, fresh]);
    let seen = this.#partial?.length ?? 0;
    this.#partial = null;
    let start = 0;
    for (;;) {
      const end = findHeadEnd(bytes, start, seen);
      if (end === -1) {
        this.#pass(bytes.subarray(0, start));
        this.#partial = bytes.subarray(start);
        return;
      }
      const head = parseResponseHead(bytes.toString('latin1', start, end), this.#head.method);
      const opens = this.#opensTunnel(head);
      if (head.status >= 200 || opens) {
        this.#finalHead(head, bytes, end, opens);
        return;
      }
      start = end;
      seen = end;
    }
  }

  #finalHead(head: ResponseHead, bytes: Buffer, end: number, opensTunnel: boolean): void {
    this.#answerHead = head;
    this.#answerBody = new BodyScanner(opensTunnel ? { kind: 'until-close' } : head.framing);
    // Who gave up looks like who closed its half and still reads. That one gets the answer; that it was good is not claimed.
    this.#plan.hop?.answered(this.#ended && !opensTunnel ? null : head.status);
    if (opensTunnel) {
      this.#tunnel = true;
      this.#passWithLine(bytes, end, bytes.length);
      this.#caller.tunnelled();
    } else {
      this.#bodyBytes(bytes, end, end);
    }
  }

  /** `headEnd`: behind the head in these bytes, where the line goes before its empty line; 0 where it is not in them. */
  #bodyBytes(bytes: Buffer, start: number, headEnd: number): void {
    const body = this.#answerBody;
    if (body === null) return;
    const end = body.consume(bytes, start);
    if (headEnd > 0) this.#passWithLine(bytes, headEnd, end);
    else this.#pass(bytes.subarray(0, end));
    // What follows an answer that is whole belongs to no request: the connection is not used again.
    if (body.done) this.#settle(end < bytes.length);
  }

  #passWithLine(bytes: Buffer, headEnd: number, end: number): void {
    const line = this.#plan.answerLine;
    if (line === null) this.#pass(bytes.subarray(0, end));
    else {
      const added = Buffer.from(line, 'latin1');
      this.#pass(Buffer.concat([bytes.subarray(0, headEnd - 2), added, bytes.subarray(headEnd - 2, end)]));
    }
  }

  #pass(bytes: Buffer): void {
    if (bytes.length > 0 && !this.#caller.write(bytes)) this.#upstream.pause();
  }

  /** 101 answers a wish to upgrade, 2xx a CONNECT. Neither comes unasked. */
  #opensTunnel(head: ResponseHead): boolean {
    if (this.#head.method === 'CONNECT') return head.status >= 200 && head.status < 300;
    if (head.status !== 101) return false;
    if (!this.#head.upgrades) throw new ProtocolError('the service switched protocols unasked', 502);
    return true;
  }

  #answerIsWhole(): boolean {
    const body = this.#answerBody;
    return body !== null && (body.done || body.framing.kind === 'until-close');
  }

  /** The answer or the request is whole; over when both are. */
  #settle(surplus = false): void {
    if (this.#over || this.#answerBody?.done !== true || !this.#requestBody.done) return;
    const close = this.#head.close || this.#answerHead?.close === true || surplus;
    this.#finish(close ? null : this.#upstream, close);
  }

  #finish(rest: Upstream | null, close: boolean): void {
    this.#over = true;
    if (rest === null) this.#upstream.destroy();
    this.#caller.done(rest, close);
  }

  #brokenOff(reset: boolean): void {
    if (this.#mayRetry()) {
      this.#upstream.destroy();
      this.#reused = false;
      this.#upstream = this.#caller.upstreamFor(this.#plan, this, true);
      this.#send();
      return;
    }
    this.#over = true;
    this.#hopBroken();
    this.#upstream.destroy();
    if (this.#partial !== null) this.#caller.write(this.#partial);
    this.#caller.breakOff(reset);
  }

  /** A connection that rested and died before it answered anything most likely never took the request. */
  #mayRetry(): boolean {
    const { framing, method } = this.#head;
    const bodiless = framing.kind === 'length' && framing.bytes === 0;
    return this.#reused && !this.#answerBegan && !this.#ended && bodiless && idempotent.has(method);
  }

  #garbled(): void {
    this.#over = true;
    this.#upstream.destroy(true);
    if (this.#answerBody === null) {
      this.#plan.hop?.answered(this.#plan.garbled.status);
      this.#caller.answer(this.#plan.garbled);
    } else {
      this.#hopBroken();
      this.#caller.breakOff(true);
    }
  }

  /** A tunnel has no whole: its status is its answer. */
  #hopBroken(): void {
    if (this.#answerBody === null) this.#plan.hop?.answered(null);
    else if (!this.#tunnel) this.#plan.hop?.brokeOff();
  }
}
