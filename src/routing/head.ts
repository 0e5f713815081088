import type { KeyCarriers } from './key.ts';
import { type Framing, maxHeadBytes, ProtocolError } from './protocol.ts';

/**
 * Heads of HTTP/1.x messages (RFC 9112), read strictly and never rewritten: the bytes pass on as they came. Strict,
 * because a head that two parties may read differently is how requests are smuggled past a router: whatever leaves
 * room for doubt is refused (bare CR or LF, space before a colon, folded lines, two lengths, a length beside a
 * transfer coding, codings after `chunked`).
 */
interface MessageHead {
  readonly minor: 0 | 1;
  /** Name, value, name, value … as on the wire. */
  readonly fields: readonly string[];
  /** The sender wants the connection closed after this exchange. */
  readonly close: boolean;
  readonly framing: Framing;
}

export interface RequestHead extends MessageHead {
  readonly method: string;
  /** As on the wire. */
  readonly target: string;
  readonly carriers: KeyCarriers | null;
  readonly host: string | null;
  readonly expectsContinue: boolean;
  /** Asks for another protocol on this connection, HTTP/2 aside. */
  readonly upgrades: boolean;
  /** Asks for HTTP/2 on this connection, in which no router of HTTP/1.1 could follow the requests. */
  readonly upgradesToH2: boolean;
}

export interface ResponseHead extends MessageHead {
  readonly status: number;
}

interface Notes {
  connection: string;
  length: string | null;
  codings: string | null;
  host: string | null;
  hosts: number;
  expect: string;
  upgrade: string;
  baggage: string[] | null;
  tracestate: string[] | null;
  key: string[] | null;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const requestLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.([01])$/;
const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: .*)?$/;
const digits = /^\d{1,15}$/;

const headEnd = Buffer.from('\r\n\r\n');

/**
 * Where the head that begins at `start` ends (behind its empty line); -1 where it is not whole yet, of which the bytes
 * up to `seen` were looked at before. Throws ProtocolError for what can become no head.
 */
export function findHeadEnd(bytes: Buffer, start: number, seen: number): number {
  const end = bytes.indexOf(headEnd, Math.max(start, seen - 3));
  if ((end === -1 ? bytes.length : end) - start > maxHeadBytes) {
    throw new ProtocolError('the headers are larger than 1 MiB', 431);
  }
  if (end !== -1) return end + 4;
  const last = bytes[bytes.length - 1] === 13 ? bytes.length - 1 : bytes.length;
  const from = Math.max(start, seen - 1);
  // A line feed there was looked at with the byte before it.
  const fresh = from > start && bytes[from] === 10 ? from + 1 : from;
  if (forbidden.test(bytes.toString('latin1', fresh, last))) {
    throw new ProtocolError('the head holds control characters or bare line ends');
  }
  return -1;
}

/** `text` is a whole head in latin1, its empty line included. Throws ProtocolError. */
export function parseRequestHead(text: string): RequestHead {
  const lineEnd = firstLineEnd(text);
  const match = requestLine.exec(text.slice(0, lineEnd));
  if (match === null) throw new ProtocolError('the request line is not one of HTTP/1.0 or HTTP/1.1');
  const [, method = '', target = ''] = match;
  const minor = match[3] === '0' ? 0 : 1;
  const notes = emptyNotes();
  const fields = parseFields(text, lineEnd + 2, notes);
  if (notes.hosts > 1) throw new ProtocolError('there is more than one Host header');
  if (notes.codings !== null && minor === 0) throw new ProtocolError('HTTP/1.0 knows no transfer codings');
  const framing = messageFraming(notes);
  if (framing?.kind === 'until-close') throw new ProtocolError('the last transfer coding is not chunked');
  const { baggage, tracestate, key } = notes;
  const upgradesToH2 = notes.upgrade !== '' && hasToken(notes.upgrade, 'h2c');
  return {
    method,
    target,
    minor,
    fields,
    host: notes.host,
    framing: framing ?? { kind: 'length', bytes: 0 },
    close: closes(minor, notes.connection),
    expectsContinue: notes.expect !== '' && hasToken(notes.expect, '100-continue'),
    upgrades: notes.upgrade !== '' && !upgradesToH2,
    upgradesToH2,
    carriers:
      baggage === null && tracestate === null && key === null
        ? null
        : { baggage: baggage ?? [], tracestate: tracestate ?? [], key: key ?? [] },
  };
}

/** The framing follows RFC 9112, section 6.3, for an answer to a request with `method`. Throws ProtocolError. */
export function parseResponseHead(text: string, method: string): ResponseHead {
  const lineEnd = firstLineEnd(text);
  const match = statusLine.exec(text.slice(0, lineEnd));
  if (match === null) throw new ProtocolError('the status line is not one of HTTP/1.0 or HTTP/1.1', 502);
  const status = Number(match[2]);
  const minor = match[1] === '0' ? 0 : 1;
  const notes = emptyNotes();
  const fields = parseFields(text, lineEnd + 2, notes);
  const framing = messageFraming(notes) ?? { kind: 'until-close' };
  const bodiless = method === 'HEAD' || status < 200 || status === 204 || status === 304;
  return {
    status,
    minor,
    fields,
    framing: bodiless ? { kind: 'length', bytes: 0 } : framing,
    close: closes(minor, notes.connection) || (!bodiless && framing.kind === 'until-close'),
  };
}

/** The head in other words: with `fields` (name, value, …) in place of its own. */
export function writeRequestHead(head: RequestHead, fields: readonly string[]): string {
  let text = `${head.method} ${head.target} HTTP/1.${head.minor}\r\n`;
  for (let at = 0; at < fields.length; at += 2) text += `${fields[at]}: ${fields[at + 1]}\r\n`;
  return `${text}\r\n`;
}

/**
 * The head without the wish for HTTP/2 (RFC 9113 dropped this upgrade; a server may always ignore it): behind it the
 * requests of many keys would go where the first one went.
 */
export function withoutH2(head: RequestHead): string {
  const fields: string[] = [];
  for (let at = 0; at < head.fields.length; at += 2) {
    const name = head.fields[at] ?? '';
    const value = head.fields[at + 1] ?? '';
    const lower = name.toLowerCase();
    if (lower === 'upgrade' || lower === 'http2-settings') continue;
    if (lower !== 'connection') fields.push(name, value);
    else {
      const others = value.split(',').filter((one) => !/^[ \t]*(upgrade|http2-settings)[ \t]*$/i.test(one));
      if (others.length > 0) fields.push(name, others.join(',').trimStart());
    }
  }
  return writeRequestHead(head, fields);
}

function firstLineEnd(text: string): number {
  if (forbidden.test(text)) throw new ProtocolError('the head holds control characters or bare line ends');
  return text.indexOf('\r\n');
}

/** Header lines from `start` to the empty line. The values that decide something here are noted on the way. */
function parseFields(text: string, start: number, notes: Notes): string[] {
  const fields: string[] = [];
  let at = start;
  for (;;) {
    const end = text.indexOf('\r\n', at);
    if (end === at || end === -1) return fields;
    const colon = text.indexOf(':', at);
    const name = colon === -1 || colon > end ? '' : text.slice(at, colon);
    if (!token.test(name)) throw new ProtocolError('a header line has no proper name');
    const value = trimSpace(text.slice(colon + 1, end));
    fields.push(name, value);
    note(name, value, notes);
    at = end + 2;
  }
}

/** Most names are told apart by their length alone. */
function note(name: string, value: string, notes: Notes): void {
  switch (name.length) {
    case 4:
      if (name.toLowerCase() !== 'host') return;
      notes.host = value;
      notes.hosts += 1;
      return;
    case 6:
      if (name.toLowerCase() === 'expect') notes.expect = listed(notes.expect, value);
      return;
    case 7:
      noteOfSeven(name.toLowerCase(), value, notes);
      return;
    case 10:
      noteOfTen(name.toLowerCase(), value, notes);
      return;
    case 14:
      noteOfFourteen(name.toLowerCase(), value, notes);
      return;
    case 17:
      if (name.toLowerCase() !== 'transfer-encoding') return;
      notes.codings = notes.codings === null ? value : `${notes.codings},${value}`;
      return;
    default:
  }
}

function noteOfSeven(name: string, value: string, notes: Notes): void {
  if (name === 'upgrade') notes.upgrade = listed(notes.upgrade, value);
  else if (name === 'baggage') {
    notes.baggage ??= [];
    notes.baggage.push(value);
  }
}

function noteOfTen(name: string, value: string, notes: Notes): void {
  if (name === 'connection') notes.connection = listed(notes.connection, value);
  else if (name === 'tracestate') {
    notes.tracestate ??= [];
    notes.tracestate.push(value);
  }
}

function noteOfFourteen(name: string, value: string, notes: Notes): void {
  if (name === 'content-length') {
    if (notes.length !== null) throw new ProtocolError('there is more than one Content-Length');
    notes.length = value;
  } else if (name === 'x-seatrial-key') {
    notes.key ??= [];
    notes.key.push(value);
  }
}

/** Null where the head names neither length nor coding. */
function messageFraming({ length, codings }: Notes): Framing | null {
  if (codings !== null) {
    if (length !== null) throw new ProtocolError('there is a Content-Length beside a Transfer-Encoding');
    const names = codings.split(',').map((coding) => trimSpace(coding).toLowerCase());
    const chunked = names.indexOf('chunked');
    if (chunked === -1) return { kind: 'until-close' };
    if (chunked !== names.length - 1) throw new ProtocolError('chunked is not the last transfer coding');
    return { kind: 'chunked' };
  }
  if (length === null) return null;
  if (!digits.test(length)) throw new ProtocolError('the Content-Length is not one number');
  return { kind: 'length', bytes: Number(length) };
}

function closes(minor: 0 | 1, connection: string): boolean {
  if (connection === '') return minor === 0;
  if (connection === 'keep-alive') return false;
  return hasToken(connection, 'close') || (minor === 0 && !hasToken(connection, 'keep-alive'));
}

function hasToken(list: string, wanted: string): boolean {
  return list.split(',').some((one) => trimSpace(one).toLowerCase() === wanted);
}

/** Space and tab alone: `trim` would take off more, and read `chunked` where another party does not. */
function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

function listed(before: string, value: string): string {
  return before === '' ? value : `${before},${value}`;
}

function emptyNotes(): Notes {
  return {
    connection: '',
    length: null,
    codings: null,
    host: null,
    hosts: 0,
    expect: '',
    upgrade: '',
    baggage: null,
    tracestate: null,
    key: null,
  };
}
