import * as http from 'node:http';
import * as https from 'node:https';
import {
  type Answer,
  emptyBody,
  type Header,
  type HttpRequest,
  headerValues,
  type NoAnswer,
} from '../exchange.ts';
import { readBody, TooLargeError } from './body.ts';
import { codings, DecodeError, decode } from './decode.ts';

export interface SendOptions {
  /** From the call to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Bytes of the decoded body that are kept. */
  readonly maxBytes: number;
  /** Bytes that are read at all, on the wire and decoded; default 64 MiB, never less than `maxBytes`. */
  readonly hardBytes?: number;
  /** Default: a connection of its own, as an old one may be closed under a request that must not be sent twice. */
  readonly agent?: http.Agent;
  readonly signal: AbortSignal;
}

/**
 * Sends one request and reads its answer whole. Follows no redirect and skips 1xx. Trouble of the network or of the
 * service is a NoAnswer; rejects only on abort (AbortError) and on an `origin` that is no URL.
 * `host` becomes the Host header; Content-Length is set, and framing headers of the request are dropped.
 */
export async function send(
  origin: string,
  host: string,
  request: HttpRequest,
  options: SendOptions,
): Promise<Answer> {
  options.signal.throwIfAborted();
  const started = performance.now();
  const took = () => Math.round((performance.now() - started) * 10) / 10;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), options.timeoutMs);
  try {
    const reply = await exchange(new URL(origin), host, request, options, timeout.signal);
    return { kind: 'answer', ...reply, durationMs: took() };
  } catch (error) {
    options.signal.throwIfAborted();
    if (timeout.signal.aborted) {
      const message = `no complete answer within ${options.timeoutMs / 1000} s`;
      return { kind: 'no-answer', reason: 'timeout', message, durationMs: took() };
    }
    return { kind: 'no-answer', ...whatHappened(error), durationMs: took() };
  } finally {
    clearTimeout(timer);
  }
}

type Reply = Omit<Extract<Answer, { kind: 'answer' }>, 'kind' | 'durationMs'>;

/** The answer began and its connection ended before the answer did. */
class BrokenOffError extends Error {}

async function exchange(
  origin: URL,
  host: string,
  request: HttpRequest,
  options: SendOptions,
  timeout: AbortSignal,
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const bytes = request.body === undefined ? null : Buffer.from(request.body.text, request.body.encoding);
  const outgoing = (origin.protocol === 'https:' ? https : http).request({
    hostname: origin.hostname.replace(/^\[|\]$/g, ''),
    port: origin.port,
    method: request.method,
    path: request.path,
    headers: wireHeaders(host, request, bytes).flat(),
    maxHeaderSize: 256 * 1024,
    agent: options.agent ?? false,
  });
  outgoing.maxHeadersCount = 0;
  let complete = () => false;
  const stop = () => outgoing.destroy(new Error('stopped'));
  const signal = AbortSignal.any([options.signal, timeout]);
  signal.addEventListener('abort', stop, { once: true });
  try {
    outgoing.on('error', reject);
    // A protocol that nobody asked to change to: the status is the answer.
    outgoing.on('upgrade', (incoming, socket) => {
      socket.destroy();
      resolve(head(incoming));
    });
    outgoing.on('response', (incoming) => {
      complete = () => incoming.complete;
      readReply(incoming, options).then(resolve, reject);
    });
    outgoing.end(bytes ?? undefined);
    return await promise;
  } finally {
    signal.removeEventListener('abort', stop);
    // Ends the connection of an answer that was not read to its end; a finished one goes back to its agent.
    outgoing.on('error', () => {});
    if (!complete()) outgoing.destroy();
  }
}

async function readReply(incoming: http.IncomingMessage, options: SendOptions): Promise<Reply> {
  const hardBytes = Math.max(options.hardBytes ?? 64 * 1024 * 1024, options.maxBytes);
  const { headers, status } = head(incoming);
  let source: AsyncIterable<Buffer> = wireBytes(incoming, hardBytes);
  for (const coding of codings(headerValues(headers, 'content-encoding')) ?? [])
    source = decode(coding, source);
  const body = await readBody(source, { maxBytes: options.maxBytes, hardBytes });
  const trailers = pairs(incoming.rawTrailers);
  return { status, headers, body, ...(trailers.length === 0 ? {} : { trailers }) };
}

async function* wireBytes(incoming: http.IncomingMessage, hardBytes: number): AsyncGenerator<Buffer> {
  let size = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > hardBytes) throw new TooLargeError(`the body is larger than ${hardBytes} bytes`);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof TooLargeError) throw error;
    throw new BrokenOffError('the connection ended in the middle of the answer', { cause: error });
  }
  if (!incoming.complete) throw new BrokenOffError('the connection ended in the middle of the answer');
}

function head(incoming: http.IncomingMessage): Reply {
  return { status: incoming.statusCode ?? 0, headers: pairs(incoming.rawHeaders), body: emptyBody };
}

function pairs(raw: readonly string[]): Header[] {
  return Array.from({ length: raw.length / 2 }, (_, i): Header => [raw[2 * i] ?? '', raw[2 * i + 1] ?? '']);
}

const framing = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'expect',
]);

function wireHeaders(host: string, request: HttpRequest, body: Buffer | null): Header[] {
  const rest = request.headers.filter(([name]) => !framing.has(name.toLowerCase()));
  const bodiless = body === null && ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'].includes(request.method);
  const length: Header[] = bodiless ? [] : [['content-length', String(body?.length ?? 0)]];
  return [['host', host], ...rest, ...length];
}

function whatHappened(error: unknown): Pick<NoAnswer, 'reason' | 'message'> {
  if (error instanceof TooLargeError) return { reason: 'too-large', message: error.message };
  if (error instanceof DecodeError) return { reason: 'protocol', message: error.message };
  if (error instanceof BrokenOffError) return { reason: brokenReason(error.cause), message: error.message };
  const code = codeOf(error);
  if (isParseError(code)) return { reason: 'protocol', message: `the answer is no valid HTTP (${code})` };
  if (code.startsWith('ERR_')) return { reason: 'protocol', message: `the request cannot be sent (${code})` };
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return { reason: 'broken-off', message: 'the connection was closed before an answer came' };
  }
  return { reason: 'connection', message: `no connection (${code})` };
}

function brokenReason(cause: unknown): NoAnswer['reason'] {
  return isParseError(codeOf(cause)) ? 'protocol' : 'broken-off';
}

function isParseError(code: string): boolean {
  return code.startsWith('HPE_');
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
