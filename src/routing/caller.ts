import type { Socket } from 'node:net';
import { type CallerSide, Exchange, type Forward } from './exchange.ts';
import { findHeadEnd, parseRequestHead, type RequestHead, withoutH2 } from './head.ts';
import { type Decide, type OwnAnswer, ownAnswerBytes } from './plan.ts';
import { ProtocolError } from './protocol.ts';
import { Upstream, type UpstreamUser } from './upstream.ts';

/** Bytes of further requests that wait while one is answered. Beyond, the caller is not read. */
const maxWaiting = 64 * 1024;
/** Connections to different destinations that rest for one caller. */
const maxResting = 8;
/** How long a connection that we closed is drained, so that the caller gets to read our answer (RFC 9112, 9.6). */
const lingerMs = 5_000;

const none = Buffer.alloc(0);

/** The connection of one caller: its requests one after the other, each to where `decide` says. */
export class Caller implements CallerSide {
  readonly #socket: Socket;
  readonly #decide: Decide;
  /** Bytes that no exchange took yet, and how many of them were looked at for the end of a head. */
  #waiting: Buffer = none;
  #seen = 0;
  #exchange: Exchange | null = null;
  /** The request that is answered now. */
  #head: RequestHead | null = null;
  readonly #resting = new Map<string, Upstream>();
  #lastUsed: string | null = null;
  /** The caller will send no more. */
  #ended = false;
  /** We will send no more. */
  #closing = false;
  #pausedForService = false;
  #taking = false;
  #linger: NodeJS.Timeout | null = null;

  constructor(socket: Socket, decide: Decide) {
    this.#socket = socket;
    this.#decide = decide;
    let failed = false;
    socket
      .on('data', (bytes: Buffer) => this.#onBytes(bytes))
      .on('end', () => this.#onEnd())
      .on('drain', () => this.#onDrain())
      .on('error', () => {
        failed = true;
      })
      .on('close', () => this.#onClose(failed));
  }

  write(bytes: Buffer): boolean {
    return this.#socket.writable ? this.#socket.write(bytes) : true;
  }

  pause(): void {
    this.#pausedForService = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#pausedForService = false;
    this.#readOn();
  }

  upstreamFor(plan: Forward, user: UpstreamUser, fresh: boolean): Upstream {
    const { address } = plan;
    const id = `${'dial' in address ? address.id : `${address.host} ${address.port}`} ${plan.instance}`;
    this.#lastUsed = id;
    const resting = this.#resting.get(id);
    this.#resting.delete(id);
    if (resting?.usable && !fresh) {
      resting.take(user);
      return resting;
    }
    resting?.destroy();
    return new Upstream(id, address, user, (lost) => this.#onRestingLost(lost));
  }

  done(upstream: Upstream | null, close: boolean): void {
    this.#leave();
    if (upstream !== null) this.#rest(upstream);
    if (close) this.#finish();
    else this.#next();
  }

  answer(answer: OwnAnswer): void {
    const head = this.#head;
    this.#leave();
    // A body that is still to come is not waited for: the connection ends behind the answer.
    const bodiless = head?.framing.kind === 'length' && head.framing.bytes === 0;
    const close = head === null || head.close || !bodiless;
    this.write(ownAnswerBytes(answer, { close, bodiless: head?.method === 'HEAD' }));
    if (close) this.#finish();
    else this.#next();
  }

  breakOff(reset: boolean): void {
    this.#leave();
    if (reset) this.#socket.resetAndDestroy();
    else this.#finish();
  }

  tunnelled(): void {
    const early = this.#takeWaiting();
    if (early.length > 0) this.#exchange?.fromCaller(early, 0);
    this.#readOn();
    this.#passEnd();
  }

  endTunnel(): void {
    this.#socket.end();
  }

  #onBytes(bytes: Buffer): void {
    if (this.#closing) {
      this.#linger?.refresh();
      return;
    }
    if (this.#exchange?.wantsBytes) this.#feed(bytes);
    else {
      this.#waiting = this.#waiting.length === 0 ? bytes : Buffer.concat([this.#waiting, bytes]);
      if (this.#exchange === null) this.#next();
      else if (this.#waiting.length > maxWaiting) this.#socket.pause();
    }
  }

  /** Bytes for the exchange; what it does not take waits. */
  #feed(bytes: Buffer): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    this.#guarded(() => {
      const end = exchange.fromCaller(bytes, 0);
      if (end === bytes.length) return;
      this.#waiting = bytes.subarray(end);
      if (this.#exchange === null) this.#next();
    });
  }

  #onEnd(): void {
    this.#ended = true;
    if (this.#closing) return;
    if (this.#exchange === null) this.#finish();
    else this.#passEnd();
  }

  /** Once all that the caller sent is passed on, its end is, too. */
  #passEnd(): void {
    if (this.#ended && this.#waiting.length === 0) this.#exchange?.callerEnded();
  }

  #onDrain(): void {
    if (this.#exchange !== null) this.#exchange.callerDrained();
    else this.#next();
  }

  #onClose(failed: boolean): void {
    this.#closing = true;
    if (this.#linger !== null) clearTimeout(this.#linger);
    this.#exchange?.abort(failed);
    this.#exchange = null;
    this.#letGo();
  }

  /** What the exchange waited for to drain says nothing to the next one. */
  #leave(): void {
    this.#exchange = null;
    this.#pausedForService = false;
  }

  /** Takes the requests that wait, until one is under way. */
  #next(): void {
    if (this.#taking) return;
    this.#taking = true;
    this.#guarded(() => {
      while (this.#exchange === null && !this.#closing && !this.#socket.writableNeedDrain) {
        if (!this.#takeRequest()) break;
      }
    });
    this.#taking = false;
    if (this.#exchange === null && this.#ended && !this.#socket.writableNeedDrain) this.#finish();
    this.#readOn();
  }

  /** False where no whole head waits. */
  #takeRequest(): boolean {
    const bytes = this.#waiting;
    const start = this.#seen === 0 ? emptyLines(bytes) : 0;
    if (start === bytes.length) {
      this.#takeWaiting();
      return false;
    }
    this.#head = null;
    const end = findHeadEnd(bytes, start, this.#seen);
    if (end === -1) {
      this.#waiting = bytes.subarray(start);
      this.#seen = this.#waiting.length;
      return false;
    }
    const head = parseRequestHead(bytes.toString('latin1', start, end));
    this.#head = head;
    this.#takeWaiting();
    this.#begin(head, bytes, start, end);
    return true;
  }

  #begin(head: RequestHead, bytes: Buffer, start: number, end: number): void {
    const plan = this.#decide(head);
    this.#waiting = bytes.subarray(end);
    if (plan.kind === 'answer') {
      this.answer(plan.answer);
      return;
    }
    const other = plan.head ?? (head.upgradesToH2 ? withoutH2(head) : null);
    const headBytes = other === null ? bytes.subarray(start, end) : Buffer.from(other, 'latin1');
    this.#exchange = new Exchange(head, plan, headBytes, this);
    if (this.#exchange.wantsBytes && this.#waiting.length > 0) this.#feed(this.#takeWaiting());
    this.#passEnd();
  }

  #takeWaiting(): Buffer {
    const bytes = this.#waiting;
    this.#waiting = none;
    this.#seen = 0;
    return bytes;
  }

  /** A caller that breaks the rules is told so, where that can still be understood, and cut off. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const begun = this.#exchange !== null;
      this.#exchange?.abort(true);
      this.#exchange = null;
      this.#head = null;
      if (begun) this.#socket.resetAndDestroy();
      else this.answer({ status: error.status, error: null, text: `Refused: ${error.message}.` });
    }
  }

  #readOn(): void {
    const full = this.#exchange !== null && !this.#exchange.wantsBytes && this.#waiting.length > maxWaiting;
    if (!this.#pausedForService && !full) this.#socket.resume();
  }

  #rest(upstream: Upstream): void {
    upstream.rest();
    this.#resting.set(upstream.id, upstream);
    if (this.#resting.size <= maxResting) return;
    for (const [id, oldest] of this.#resting) {
      oldest.destroy();
      this.#resting.delete(id);
      return;
    }
  }

  /** As a service ends a connection that it was used on last, so do we. */
  #onRestingLost(upstream: Upstream): void {
    if (this.#resting.get(upstream.id) === upstream) this.#resting.delete(upstream.id);
    if (upstream.id === this.#lastUsed && this.#exchange === null && !this.#closing) this.#finish();
  }

  #letGo(): void {
    for (const upstream of this.#resting.values()) upstream.destroy();
    this.#resting.clear();
  }

  /** Sends what is written, then ends, and waits a little for the caller to have read it. */
  #finish(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#waiting = none;
    this.#letGo();
    this.#socket.end();
    this.#pausedForService = false;
    this.#socket.resume();
    this.#linger = setTimeout(() => this.#socket.destroy(), lingerMs);
    this.#linger.unref();
  }
}

/** Bytes of empty lines before a request line, which are skipped (RFC 9112, section 2.2). */
function emptyLines(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === 13 && bytes[at + 1] === 10) at += 2;
  return at;
}
