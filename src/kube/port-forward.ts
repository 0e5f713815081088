import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import { KubeError } from './api.ts';
import { bounded, refusalOf, unreachable } from './errors.ts';
import type { LoginOptions } from './login.ts';

/**
 * Of the two protocols that the API server gives for port-forward, `v4.channel.k8s.io` is passed on to the kubelet
 * (cri/streaming/portforward/websocket.go) and carries one connection; the other, `SPDY/3.1+portforward.k8s.io`,
 * tunnels SPDY, which brings nothing that one HTTP/2 session does not bring better.
 */
const protocol = 'v4.channel.k8s.io';
const dataChannel = 0;
const errorChannel = 1;
/** The kubelet says on each channel first which port it is for. */
const portPrefixBytes = 2;
const handshakeWithinMs = 15_000;
/** Of one frame that we send: the kubelet keeps a frame whole before it passes it on. */
const maxFrameBytes = 64 * 1024;

export interface PortForwardTarget {
  /** `wss://…/portforward?ports=…` */
  readonly url: string;
  /** For messages, such as `port-forward to pods shop/seatrial-gateway-0`. */
  readonly what: string;
  readonly server: string;
  readonly userAgent: string;
}

/** Resolves when the kubelet took it on; that nobody listens on the port is known later, as an error of the stream. */
export function openPortForward(
  target: PortForwardTarget,
  login: LoginOptions,
  signal: AbortSignal,
): Promise<Duplex> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const socket = new WebSocket(target.url, [protocol], {
    headers: { ...login.headers, 'user-agent': target.userAgent },
    ...login.tls,
    ...(login.auth === undefined ? {} : { auth: login.auth }),
    ...(login.agent === undefined ? {} : { agent: login.agent }),
    handshakeTimeout: handshakeWithinMs,
    perMessageDeflate: false,
    maxPayload: 16 * 1024 * 1024,
  });
  const abort = () => {
    reject(signal.reason);
    socket.terminate();
  };
  signal.addEventListener('abort', abort, { once: true });
  const settled = () => signal.removeEventListener('abort', abort);
  socket.on('upgrade', ({ socket: connection }: IncomingMessage) => connection.setKeepAlive(true, 15_000));
  socket.on('unexpected-response', (_, answer) => {
    settled();
    void refused(target, answer).then(reject, reject);
  });
  socket.on('error', (error) => {
    settled();
    reject(unreachable(target.what, target.server, error));
  });
  // Data may follow the handshake in the same bytes, so the stream listens from here on.
  const stream = new ForwardedPort(socket, target);
  stream.on('error', () => {});
  socket.on('open', () => {
    settled();
    resolve(stream);
  });
  return promise;
}

async function refused(target: PortForwardTarget, answer: IncomingMessage): Promise<KubeError> {
  let body = '';
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      body += part.toString('utf8');
      if (body.length > 64 * 1024) break;
    }
  } catch {
    // The status says enough.
  }
  answer.destroy();
  return refusalOf(target.what, answer.statusCode ?? 0, body);
}

/**
 * The bytes of one forwarded connection. What is not read stops the WebSocket from being read, and a write is done
 * when the socket took it: pressure goes through to the other end, both ways. The protocol knows no half-close, so the
 * end of what we write ends both directions.
 */
class ForwardedPort extends Duplex {
  readonly #socket: WebSocket;
  readonly #target: PortForwardTarget;
  readonly #greeted = new Set<number>();
  #opened = false;

  constructor(socket: WebSocket, target: PortForwardTarget) {
    super({ allowHalfOpen: false, highWaterMark: 256 * 1024 });
    this.#socket = socket;
    this.#target = target;
    socket.binaryType = 'nodebuffer';
    socket
      .on('open', () => {
        this.#opened = true;
      })
      .on('message', (data: RawData) => this.#onFrame(data as Buffer))
      .on('close', (code) => this.#onClose(code))
      .on('error', (error) => this.destroy(unreachable(target.what, target.server, error)));
  }

  override _read(): void {
    if (this.#opened) this.#socket.resume();
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send([bytes], done);
  }

  override _writev(
    chunks: { chunk: Buffer; encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.close(1000);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.terminate();
    done(error);
  }

  #send(chunks: readonly Buffer[], done: (error?: Error | null) => void): void {
    const bytes = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
    const failed = (error?: Error | null) =>
      done(error ? unreachable(this.#target.what, this.#target.server, error) : null);
    for (let at = 0; at < bytes.length; at += maxFrameBytes) {
      const part = bytes.subarray(at, at + maxFrameBytes);
      const frame = Buffer.allocUnsafe(part.length + 1);
      frame[0] = dataChannel;
      part.copy(frame, 1);
      const last = at + maxFrameBytes >= bytes.length;
      this.#socket.send(frame, { binary: true }, last ? failed : undefined);
    }
    if (bytes.length === 0) done();
  }

  #onFrame(frame: Buffer): void {
    const channel = frame[0];
    if (channel === undefined) return;
    const bytes = frame.subarray(1);
    if (!this.#greeted.has(channel) && bytes.length === portPrefixBytes) {
      this.#greeted.add(channel);
      return;
    }
    if (channel === dataChannel) {
      if (bytes.length > 0 && !this.push(bytes)) this.#socket.pause();
    } else if (channel === errorChannel && bytes.length > 0) {
      this.destroy(notForwarded(this.#target.what, bytes.toString('utf8')));
    }
  }

  #onClose(code: number): void {
    // A kubelet that is through just closes (1005, 1006): what ended is for the protocol above to say.
    if (this.destroyed) return;
    if (code === 1000 || code === 1005 || code === 1006) this.push(null);
    else this.destroy(new KubeError(0, 'Unreachable', `${this.#target.what}: closed with code ${code}`));
  }
}

function notForwarded(what: string, text: string): KubeError {
  if (/connection refused/i.test(text)) {
    return new KubeError(0, 'ConnectionRefused', `${what}: nobody listens on that port of the pod`);
  }
  return new KubeError(0, 'PortForwardFailed', `${what}: ${bounded(text)}`);
}
