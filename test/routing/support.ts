import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, request } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Header } from '../../src/exchange.ts';
import { type Router, startRouter } from '../../src/routing/node-router.ts';
import { HopRecorder } from '../../src/routing/recorder.ts';
import { type Address, RoutingTable } from '../../src/routing/table.ts';

export const keyA = 'aaaaaaaaaaaaaaaaaaaa';
export const keyB = 'bbbbbbbbbbbbbbbbbbbb';

/** A server of bytes: what the service gets and sends is up to `serve`. Ends with the test. */
export async function rawService(serve: (socket: Socket) => void): Promise<Address> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, serve);
  return listening(server);
}

export async function httpService(serve: RequestListener): Promise<Address> {
  const server = createHttpServer(serve);
  return listening(server);
}

/** Starts a server; it ends with the test. */
export async function listening(server: Server): Promise<Address> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

/** A connection over HTTP/2 without TLS; what goes wrong with it shows in its requests. Ends with the test. */
export function http2Session({ host, port }: Address): ClientHttp2Session {
  const session = connectHttp2(`http://${host}:${port}`).on('error', () => {});
  onTestFinished(() => session.destroy());
  return session;
}

/** An address at which nobody listens. */
export async function deadAddress(): Promise<Address> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return { host: '127.0.0.1', port };
}

export interface Routed {
  readonly router: Router;
  readonly table: RoutingTable;
  readonly recorder: HopRecorder;
  readonly address: Address;
}

/** A router of service `pricing` with a loaded table, in which `forks` are those of keys. */
export async function routed(baseline: Address | null, forks: Record<string, Address> = {}): Promise<Routed> {
  const table = new RoutingTable();
  const recorder = new HopRecorder();
  for (const [key, address] of Object.entries(forks)) {
    table.setFork('pricing', key, { address, instance: `instance of ${key}`, sandbox: `sandbox-${key[0]}` });
  }
  table.markLoaded();
  const router = await startRouter({ service: 'pricing', table, recorder, baseline: () => baseline });
  onTestFinished(() => router.close());
  return { router, table, recorder, address: { host: '127.0.0.1', port: router.port } };
}

/** A caller's connection, whose received bytes are kept. */
export class RawCaller {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  /** How it ended: `end` (the other side closed) or an error's code; null while open. */
  ending: string | null = null;
  readonly #closed: Promise<unknown>;

  constructor(address: Address) {
    this.socket = connect({ ...address, allowHalfOpen: true, noDelay: true });
    this.#closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket
      .on('data', (bytes: Buffer) => {
        this.received = Buffer.concat([this.received, bytes]);
      })
      .on('end', () => {
        this.ending ??= 'end';
        this.socket.end();
      })
      .on('error', (error: NodeJS.ErrnoException) => {
        this.ending ??= error.code ?? 'error';
      });
    onTestFinished(() => void this.socket.destroy());
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  write(text: string | Buffer): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** Resolves when what came holds `text`, `times` times. */
  async until(text: string, times = 1): Promise<string> {
    while (this.text.split(text).length <= times) {
      if (this.socket.destroyed) throw new Error(`closed before ${JSON.stringify(text)}: ${this.text}`);
      await Promise.race([once(this.socket, 'data'), this.#closed]);
    }
    return this.text;
  }

  async closed(): Promise<string> {
    await this.#closed;
    return this.text;
  }
}

/** One request on a connection of its own, answered or ended. */
export async function rawRequest(address: Address, text: string): Promise<string> {
  const caller = new RawCaller(address);
  caller.write(text);
  return caller.closed();
}

export interface Got {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: string;
}

/** One request over a connection of its own, headers exactly as given (and Host). */
export function get(
  address: Address,
  headers: readonly Header[] = [],
  options: { path?: string; method?: string; body?: string } = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const { path = '/', method = 'GET', body } = options;
    const length = body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))];
    const raw = ['Host', `${address.host}:${address.port}`, ...headers.flat(), ...length];
    const sent = request({ ...address, path, method, headers: raw, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('error', reject)
        .on('end', () => {
          const flat = answer.rawHeaders;
          const pairs = flat.flatMap((name, at): Header[] =>
            at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [],
          );
          resolve({ status: answer.statusCode ?? 0, headers: pairs, body: Buffer.concat(chunks).toString() });
        });
    });
    sent.on('error', reject).end(body);
  });
}

export function headerOf(got: Got, name: string): string | undefined {
  return got.headers.find(([key]) => key.toLowerCase() === name)?.[1];
}

/** Waits for what shows soon, without measuring how soon. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

export function baggage(key: string, correlation?: string): Header {
  return ['baggage', `seatrial=${key}${correlation === undefined ? '' : `.${correlation}`}`];
}
