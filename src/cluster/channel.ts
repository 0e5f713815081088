import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { type ErrorCode, errorKinds, SeatrialError } from '../errors.ts';
import type { ClusterReceipt, ClusterService } from '../gateway/channel-api.ts';
import type { KubeApi } from '../kube/api.ts';
import type { Log } from '../log.ts';
import { sumReceipts } from '../sandbox/receipts.ts';
import { abortable } from '../util/abortable.ts';
import { GatewaySession, type SessionTimes, sessionTimes } from './session.ts';
import { Tunnel } from './tunnel.ts';

/** The one way into a namespace of a cluster: its gateway, by port-forward. Every call rejects with a SeatrialError. */
export interface Channel {
  /** Resolves when the Service took the connection. Rejects with unknown-service, service-unreachable. */
  dial(service: string, port: number, signal: AbortSignal): Promise<Duplex>;
  /** The same at once: emits `connect` when it stands, `error` where it does not. */
  open(service: string, port: number): Duplex;
  services(signal: AbortSignal): Promise<readonly ClusterService[]>;
  receipts(
    query: { readonly key: string; readonly correlations?: readonly string[]; readonly hops?: number },
    signal: AbortSignal,
  ): Promise<ClusterReceipt>;
  /** Of the sandbox's own fork pods. Untrusted text. */
  logs(sandbox: string, service: string, tail: number, signal: AbortSignal): Promise<readonly string[]>;
  version(signal: AbortSignal): Promise<{ readonly version: string; readonly namespace: string }>;
  /** Grows each time that the way broke: answers may have been lost on it. */
  breaks(): number;
  close(): Promise<void>;
}

export interface ChannelOptions {
  readonly kube: KubeApi;
  readonly namespace: string;
  readonly log: Log;
  readonly times?: SessionTimes;
}

/** Below what both ends take as a head. */
const correlationsAtOnce = 400;
const maxAnswerBytes = 64 * 1024 * 1024;

/** Connects when first asked, and again by itself whenever the way is lost; what asks meanwhile waits a little. */
export function openChannel(options: ChannelOptions): Channel {
  const session = new GatewaySession({ ...options, times: options.times ?? sessionTimes });

  /** The head of an answer. A request that the gateway cannot have answered is sent once more, on a new session. */
  async function begin(headers: Headers, signal: AbortSignal): Promise<Begun> {
    for (let again = 0; ; again += 1) {
      const http2 = await abortable(session.get(), signal);
      try {
        return await beginOn(http2.request(headers, { endStream: headers[':method'] === 'GET' }), signal);
      } catch (error) {
        signal.throwIfAborted();
        if (again === 2) throw lost(options.namespace);
        if (!(error instanceof Error)) throw error;
      }
    }
  }

  async function get<T>(path: string, signal: AbortSignal): Promise<T> {
    const headers = { ':method': 'GET', ':path': path } as const;
    for (let again = 0; ; again += 1) {
      const { stream, status } = await begin(headers, signal);
      let text: string;
      try {
        text = await readText(stream, signal);
      } catch {
        signal.throwIfAborted();
        if (again === 1) throw lost(options.namespace);
        continue;
      }
      if (status !== 200) throw errorOf(status, text);
      // The gateway is ours, and of the namespace's own version: what it says has the form of channel-api.ts.
      return JSON.parse(text) as T;
    }
  }

  async function connectTo(service: string, port: number, signal: AbortSignal): Promise<ClientHttp2Stream> {
    const { stream, status } = await begin(
      { ':method': 'CONNECT', ':authority': `${service}:${port}` },
      signal,
    );
    if (status === 200) return stream;
    const text = await readText(stream, signal).catch(() => '');
    throw errorOf(status, text);
  }

  const open = (service: string, port: number) => new Tunnel((signal) => connectTo(service, port, signal));

  return {
    open,
    dial: (service, port, signal) => {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
      const tunnel = open(service, port);
      const abort = () => {
        tunnel.destroy();
        reject(signal.reason);
      };
      signal.addEventListener('abort', abort, { once: true });
      tunnel.once('error', reject).once('connect', () => {
        tunnel.off('error', reject);
        resolve(tunnel);
      });
      return promise.finally(() => signal.removeEventListener('abort', abort));
    },
    services: (signal) => get('/v1/services', signal),
    receipts: async ({ key, correlations = [], hops = 0 }, signal) => {
      const parts: ClusterReceipt[] = [];
      for (const batch of batches(correlations)) {
        const query = new URLSearchParams({ key, hops: String(hops) });
        for (const one of batch) query.append('correlation', one);
        parts.push(await get(`/v1/receipts?${query}`, signal));
      }
      const [first] = parts;
      if (first === undefined || parts.length === 1) return first as ClusterReceipt;
      const sum = sumReceipts(parts, first.epoch, hops);
      const same = parts.every(({ epoch }) => epoch === first.epoch);
      const why = 'Routers came or went while they were asked.';
      return { ...sum, ...(same ? {} : { complete: false, incompleteReason: why }), routers: first.routers };
    },
    logs: async (sandbox, service, tail, signal) => {
      const path = `/v1/logs/${encodeURIComponent(sandbox)}/${encodeURIComponent(service)}?tail=${tail}`;
      const { lines } = await get<{ readonly lines: readonly string[] }>(path, signal);
      return lines;
    },
    version: (signal) => get('/v1/version', signal),
    breaks: () => session.breaks,
    close: async () => session.close(),
  };
}

type Headers =
  | { readonly ':method': 'GET'; readonly ':path': string }
  | { readonly ':method': 'CONNECT'; readonly ':authority': string };

interface Begun {
  readonly stream: ClientHttp2Stream;
  readonly status: number;
}

function beginOn(stream: ClientHttp2Stream, signal: AbortSignal): Promise<Begun> {
  const { promise, resolve, reject } = Promise.withResolvers<Begun>();
  const abort = () => {
    stream.destroy(new Error('aborted'));
    reject(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  stream
    .on('error', reject)
    .on('close', () => reject(new Error('closed before it was answered')))
    .once('response', (headers: IncomingHttpHeaders & { ':status'?: number }) =>
      resolve({ stream, status: headers[':status'] ?? 0 }),
    );
  return promise.finally(() => signal.removeEventListener('abort', abort));
}

async function readText(stream: ClientHttp2Stream, signal: AbortSignal): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  const abort = () => stream.destroy(new Error('aborted'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > maxAnswerBytes) throw new Error('too large');
      parts.push(part);
    }
    if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) throw new Error('broken off');
  } finally {
    signal.removeEventListener('abort', abort);
  }
  return Buffer.concat(parts).toString('utf8');
}

const errorData = z.object({
  code: z.custom<ErrorCode>((code) => typeof code === 'string' && Object.hasOwn(errorKinds, code)),
  what: z.string(),
  why: z.string().optional(),
  next: z.string(),
});

function errorOf(status: number, text: string): SeatrialError {
  try {
    const { why, ...data } = errorData.parse(JSON.parse(text));
    return SeatrialError.from(why === undefined ? data : { ...data, why });
  } catch {
    return new SeatrialError('gateway-unreachable', {
      what: `The gateway in the cluster answered ${status} and did not say why.`,
      next: 'See whether what is installed in the cluster is of this version: `seatrial doctor`.',
    });
  }
}

export function lost(namespace: string): SeatrialError {
  return new SeatrialError('gateway-unreachable', {
    what: `The connection to the gateway of namespace ${namespace} broke off, also when tried anew.`,
    next: 'Call again in a moment.',
  });
}

function batches(correlations: readonly string[]): readonly (readonly string[])[] {
  if (correlations.length === 0) return [[]];
  const all: string[][] = [];
  for (let at = 0; at < correlations.length; at += correlationsAtOnce) {
    all.push(correlations.slice(at, at + correlationsAtOnce));
  }
  return all;
}
