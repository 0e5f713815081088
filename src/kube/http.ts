import {
  Agent as HttpAgent,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeError } from './api.ts';
import { refusalOf, unreachable } from './errors.ts';
import type { Login, LoginOptions } from './login.ts';

/** One request to the API server. */
export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With the query. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  /** For messages, such as `get pods shop/pricing`. */
  readonly what: string;
}

export interface KubeHttp {
  /** The body of an answer of 2xx; rejects with a KubeError for every other. */
  send(request: KubeRequest, signal: AbortSignal): Promise<string>;
  /** The head of an answer of 2xx, whose body goes on as long as the server likes. */
  open(request: KubeRequest, signal: AbortSignal): Promise<IncomingMessage>;
  close(): void;
}

const answerWithinMs = 30_000;
/** Lists come in pages, so nothing honest is larger. */
const maxBodyBytes = 64 * 1024 * 1024;
const maxRefusalBytes = 64 * 1024;
/** How often a request that the server put off (429, 503 with Retry-After) is sent again. */
const maxPutOffs = 5;
const maxRetryAfterMs = 5_000;

/** Connections that rest are closed before the server would close them, so that no write meets a closing one. */
const agentOptions = {
  keepAlive: true,
  keepAliveMsecs: 15_000,
  timeout: 25_000,
  scheduling: 'lifo',
} as const;

export function createKubeHttp(login: Login, userAgent: string): KubeHttp {
  const { server } = login;
  const secure = server.protocol === 'https:';
  const shared = secure ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);

  function begin(request: KubeRequest, options: LoginOptions, signal: AbortSignal): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const outgoing = (secure ? requestHttps : requestHttp)({
      ...whereTo(server),
      method: request.method,
      path: `${server.pathname.replace(/\/$/, '')}${request.path}`,
      headers: headersOf(request, options, userAgent),
      ...options.tls,
      ...(options.auth === undefined ? {} : { auth: options.auth }),
      agent: options.agent ?? shared,
      signal,
    });
    const late = setTimeout(() => outgoing.destroy(tooLate()), answerWithinMs);
    outgoing
      .on('response', resolve)
      .on('error', reject)
      .on('socket', (socket) => socket.setKeepAlive(true, 15_000));
    // A connection may break between head and body: whoever reads the body hears of it.
    outgoing.once('close', () => clearTimeout(late)).once('response', () => clearTimeout(late));
    outgoing.end(request.body);
    return promise;
  }

  /** An answer of 2xx, else an error; logs in anew once where the server says that it does not know us. */
  async function open(request: KubeRequest, signal: AbortSignal): Promise<IncomingMessage> {
    let renewed = false;
    let broken = false;
    for (let putOffs = 0; ; ) {
      signal.throwIfAborted();
      const options = await login.options();
      let answer: IncomingMessage;
      try {
        answer = await begin(request, options, signal);
      } catch (error) {
        signal.throwIfAborted();
        // A resting connection that the server closes as we use it: nothing was done, or nothing that counts.
        if (request.method === 'GET' && !broken && wasReset(error)) {
          broken = true;
          continue;
        }
        throw unreachable(request.what, server.origin, error);
      }
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status < 300) return answer;
      const body = await readBody(answer, maxRefusalBytes, request.what, server.origin, signal).catch(
        () => '',
      );
      signal.throwIfAborted();
      if (status === 401 && !renewed) {
        renewed = true;
        login.renew(options);
        continue;
      }
      const after = retryAfterMs(answer);
      if (after === null || putOffs === maxPutOffs) throw refusalOf(request.what, status, body);
      putOffs += 1;
      await sleep(after * (1 + Math.random() / 4), undefined, { signal });
    }
  }

  return {
    open,
    send: async (request, signal) => {
      const answer = await open(request, signal);
      return readBody(answer, maxBodyBytes, request.what, server.origin, signal);
    },
    close: () => shared.destroy(),
  };
}

export function whereTo(server: URL): Pick<RequestOptions, 'host' | 'port'> {
  const host = server.hostname.replace(/^\[|\]$/g, '');
  return { host, port: server.port === '' ? (server.protocol === 'https:' ? 443 : 80) : server.port };
}

function headersOf(request: KubeRequest, options: LoginOptions, userAgent: string): Record<string, string> {
  const { body, contentType = 'application/json' } = request;
  return {
    ...options.headers,
    accept: 'application/json',
    'user-agent': userAgent,
    ...(body === undefined
      ? {}
      : { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) }),
  };
}

/** Whole, within the time of one answer. */
async function readBody(
  answer: IncomingMessage,
  limit: number,
  what: string,
  server: string,
  signal: AbortSignal,
): Promise<string> {
  const late = setTimeout(() => answer.destroy(tooLate()), answerWithinMs);
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > limit)
        throw new KubeError(0, 'TooLarge', `${what}: the answer is larger than ${limit} bytes`);
      parts.push(part);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof KubeError ? error : unreachable(what, server, error);
  } finally {
    clearTimeout(late);
  }
  return Buffer.concat(parts).toString('utf8');
}

function tooLate(): Error {
  return new DOMException('no answer in time', 'TimeoutError');
}

function wasReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

/** Null where the answer is final. */
function retryAfterMs(answer: IncomingMessage): number | null {
  if (answer.statusCode !== 429 && answer.statusCode !== 503) return null;
  const seconds = Number(answer.headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0.1) * 1000, maxRetryAfterMs) : null;
}
