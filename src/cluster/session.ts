import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { SeatrialError } from '../errors.ts';
import { type KubeApi, KubeError } from '../kube/api.ts';
import type { Log } from '../log.ts';
import { gatewayPods, ports } from '../sandbox/cluster-names.ts';
import { type Attempt, gatewayUnreachable } from './unreachable.ts';

export interface SessionTimes {
  /** How long one who asks waits for a session, all attempts together. */
  readonly waitMs: number;
  readonly handshakeMs: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Asked for a sign of life this often, and given up when it takes longer than `silenceMs`. */
  readonly pingMs: number;
  readonly silenceMs: number;
}

export const sessionTimes: SessionTimes = {
  waitMs: 15_000,
  handshakeMs: 5_000,
  firstPauseMs: 100,
  longestPauseMs: 1_000,
  pingMs: 15_000,
  silenceMs: 20_000,
};

export interface SessionOptions {
  readonly kube: KubeApi;
  readonly namespace: string;
  readonly log: Log;
  readonly times: SessionTimes;
}

/** What one stream may have under way towards us. */
const streamWindow = 1024 * 1024;

/** One HTTP/2 session to one of the gateway's pods, through one port-forward; a new one when it is lost. */
export class GatewaySession {
  readonly #options: SessionOptions;
  readonly #closed = new AbortController();
  #session: ClientHttp2Session | null = null;
  #connecting: Promise<ClientHttp2Session> | null = null;
  /** Index of the pod to try first. */
  #first = 0;
  #breaks = 0;
  /** Ours that were replaced and still have streams. */
  readonly #all = new Set<ClientHttp2Session>();

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** A session that takes requests. Rejects with `gateway-unreachable` where none is to be had within the time. */
  async get(): Promise<ClientHttp2Session> {
    const session = this.#session;
    if (session !== null && usable(session)) return session;
    if (this.#closed.signal.aborted) throw closedError();
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  /** How often a session was lost that served. What was under way on it broke off here, whatever became of it there. */
  get breaks(): number {
    return this.#breaks;
  }

  close(): void {
    this.#closed.abort(closedError());
    for (const session of this.#all) breakOff(session);
  }

  async #connect(): Promise<ClientHttp2Session> {
    const { namespace, times, log } = this.#options;
    const deadline = performance.now() + times.waitMs;
    for (let round = 0; ; round += 1) {
      const attempts: Attempt[] = [];
      for (const at of [0, 1]) {
        this.#closed.signal.throwIfAborted();
        const index = (this.#first + at) % gatewayPods.length;
        const pod = gatewayPods[index] ?? gatewayPods[0];
        try {
          const session = await this.#open(pod);
          this.#first = index;
          this.#session = session;
          log.info('channel.open', { namespace, pod });
          return session;
        } catch (error) {
          this.#closed.signal.throwIfAborted();
          attempts.push({ pod, error });
        }
      }
      const given = gatewayUnreachable(namespace, this.#options.kube.server, attempts);
      if (attempts.every(({ error }) => isFinal(error)) || performance.now() > deadline) throw given;
      const longest = Math.min(times.firstPauseMs * 2 ** round, times.longestPauseMs);
      await pause(longest * (0.5 + Math.random() / 2), this.#closed.signal);
    }
  }

  async #open(pod: string): Promise<ClientHttp2Session> {
    const { kube, namespace, times, log } = this.#options;
    const late = new AbortController();
    const abort = () => late.abort(this.#closed.signal.reason);
    this.#closed.signal.addEventListener('abort', abort, { once: true });
    const timer = setTimeout(() => late.abort(new Error('no answer in time')), times.handshakeMs);
    try {
      const stream = await kube.portForward({ namespace, name: pod }, ports.gateway, late.signal);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const session = connect('http://gateway', {
        createConnection: () => stream,
        settings: { initialWindowSize: streamWindow, enablePush: false },
        maxSessionMemory: 128,
      });
      this.#all.add(session);
      // That nobody listens on the pod's port is known by the stream's error, which tells more than the session's.
      stream.on('error', reject);
      stream.once('end', () => breakOff(session)).once('close', () => breakOff(session));
      session.on('error', reject).on('close', () => {
        reject(new Error('closed by the gateway'));
        this.#all.delete(session);
        this.#lost(session);
      });
      session.once('remoteSettings', () => resolve());
      late.signal.addEventListener('abort', () => reject(late.signal.reason), { once: true });
      try {
        await promise;
      } catch (error) {
        breakOff(session);
        stream.destroy();
        throw error;
      }
      session.on('goaway', () => log.info('channel.goaway', { namespace, pod }));
      this.#keepAlive(session);
      return session;
    } finally {
      clearTimeout(timer);
      this.#closed.signal.removeEventListener('abort', abort);
    }
  }

  /** A path that is dead in silence (a laptop that slept, a VPN that went) is seen by pings alone. */
  #keepAlive(session: ClientHttp2Session): void {
    const { times } = this.#options;
    let silent: NodeJS.Timeout | null = null;
    const timer = setInterval(() => {
      if (silent !== null || session.destroyed) return;
      silent = setTimeout(() => breakOff(session), times.silenceMs);
      const answered = () => {
        if (silent !== null) clearTimeout(silent);
        silent = null;
      };
      if (!session.ping(answered)) answered();
    }, times.pingMs);
    timer.unref();
    session.on('close', () => {
      clearInterval(timer);
      if (silent !== null) clearTimeout(silent);
    });
  }

  /** The next who asks shall not wait: a session that served is replaced at once, by one of the other pod if need be. */
  #lost(session: ClientHttp2Session): void {
    if (this.#session !== session) return;
    this.#session = null;
    if (this.#closed.signal.aborted) return;
    this.#breaks += 1;
    this.#options.log.info('channel.lost', { namespace: this.#options.namespace });
    this.get().catch(() => {});
  }
}

/** Without an error, streams under way would end as if they were whole. */
function breakOff(session: ClientHttp2Session): void {
  session.destroy(new Error('given up'), constants.NGHTTP2_CANCEL);
}

function usable(session: ClientHttp2Session): boolean {
  return !session.closed && !session.destroyed;
}

/** Rights do not come by waiting. */
function isFinal(error: unknown): boolean {
  return (
    error instanceof KubeError &&
    (error.status === 401 || error.status === 403 || error.reason === 'Kubeconfig')
  );
}

function closedError(): SeatrialError {
  return new SeatrialError('gateway-unreachable', {
    what: 'The channel to the cluster was closed.',
    next: 'Call again.',
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
