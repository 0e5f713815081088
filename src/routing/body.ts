import { type Framing, maxHeadBytes, ProtocolError } from './protocol.ts';

const CR = 13;
const LF = 10;
const SEMICOLON = 59;

/** Bytes of one chunk line, extensions included: more only serves to keep a reader busy. */
const maxChunkLine = 16 * 1024;

type Place =
  | 'size'
  | 'extension'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailer-start'
  | 'trailer'
  | 'trailer-lf'
  | 'last-lf'
  | 'done';

/**
 * Finds the end of a body in the bytes as they pass. Nothing is decoded or kept: chunk sizes, extensions and trailers
 * go on as they came. As strict as the heads are.
 */
export class BodyScanner {
  readonly framing: Framing;
  #left: number;
  #place: Place = 'size';
  #digits = 0;
  #line = 0;
  #trailers = 0;

  constructor(framing: Framing) {
    this.framing = framing;
    this.#left = framing.kind === 'length' ? framing.bytes : 0;
  }

  get done(): boolean {
    if (this.framing.kind === 'length') return this.#left === 0;
    return this.framing.kind === 'chunked' && this.#place === 'done';
  }

  /** Where in `bytes`, from `start` on, the body ends, or its length. Throws ProtocolError. */
  consume(bytes: Buffer, start: number): number {
    if (this.framing.kind === 'until-close') return bytes.length;
    if (this.framing.kind === 'chunked') return this.#consumeChunks(bytes, start);
    const taken = Math.min(this.#left, bytes.length - start);
    this.#left -= taken;
    return start + taken;
  }

  #consumeChunks(bytes: Buffer, start: number): number {
    let at = start;
    while (at < bytes.length && this.#place !== 'done') {
      if (this.#place === 'data') {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        if (this.#left === 0) this.#place = 'data-cr';
      } else {
        this.#step(bytes[at] ?? 0);
        at += 1;
      }
    }
    return at;
  }

  #step(byte: number): void {
    switch (this.#place) {
      case 'size':
        this.#size(byte);
        return;
      case 'extension':
        if (byte === CR) this.#place = 'size-lf';
        else this.#text(byte, maxChunkLine);
        return;
      case 'size-lf':
        expect(byte, LF);
        this.#place = this.#left === 0 ? 'trailer-start' : 'data';
        this.#digits = 0;
        this.#line = 0;
        return;
      case 'data-cr':
        expect(byte, CR);
        this.#place = 'data-lf';
        return;
      case 'data-lf':
        expect(byte, LF);
        this.#place = 'size';
        return;
      case 'trailer-start':
        if (byte === CR) this.#place = 'last-lf';
        else if (byte === 32 || byte === 9) throw new ProtocolError('a trailer line is folded');
        else this.#trailer(byte);
        return;
      case 'trailer':
        this.#trailer(byte);
        return;
      case 'trailer-lf':
        expect(byte, LF);
        this.#place = 'trailer-start';
        return;
      case 'last-lf':
        expect(byte, LF);
        this.#place = 'done';
        return;
      default:
    }
  }

  #size(byte: number): void {
    const digit = hexDigit(byte);
    if (digit !== -1) {
      this.#digits += 1;
      if (this.#digits > 13) throw new ProtocolError('a chunk is too large');
      this.#left = this.#left * 16 + digit;
      return;
    }
    if (this.#digits === 0) throw new ProtocolError('a chunk has no size');
    if (byte === CR) this.#place = 'size-lf';
    else if (byte === SEMICOLON) this.#place = 'extension';
    else throw new ProtocolError('a chunk size is no hexadecimal number');
  }

  #trailer(byte: number): void {
    this.#trailers += 1;
    if (this.#trailers > maxHeadBytes) throw new ProtocolError('the trailers are too large');
    this.#place = 'trailer';
    if (byte === CR) this.#place = 'trailer-lf';
    else this.#text(byte, Number.POSITIVE_INFINITY);
  }

  #text(byte: number, most: number): void {
    this.#line += 1;
    if (this.#line > most) throw new ProtocolError('a chunk line is too long');
    if ((byte < 32 && byte !== 9) || byte === 127)
      throw new ProtocolError('a chunk line holds control characters');
  }
}

function expect(byte: number, wanted: number): void {
  if (byte !== wanted) throw new ProtocolError('a chunk does not end as it should');
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
