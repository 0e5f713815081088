import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { SeatrialError, toErrorData } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Call, HostApi } from './api.ts';
import type { Env } from './env.ts';
import { isMethod, type Method, methodArgs } from './methods.ts';
import { callBody, type Hello, largestRequest } from './protocol.ts';

/** What a call knows of its caller, beside its arguments. */
export interface HostCall extends Call {
  readonly env: Env;
}

export type HostService = {
  readonly [M in Method]: (args: Parameters<HostApi[M]>[0], call: HostCall) => ReturnType<HostApi[M]>;
};

export interface HostServer {
  /** Takes no new calls from now on: they are told to find another host. */
  refuse(): void;
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly socket: string;
  readonly service: HostService;
  readonly hello: () => Hello;
  /** Counts a call as long as it lasts. */
  readonly track: <T>(work: () => Promise<T>) => Promise<T>;
  /** A client of another version asks the host to end; says whether it does. */
  readonly exit: () => boolean;
  readonly log: Log;
}

/** Listens on the socket (0600). The caller holds the lock, so whatever lies at the path is stale. */
export async function serveHost(options: ServerOptions): Promise<HostServer> {
  let refusing = false;
  await rm(options.socket, { force: true });
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    if (request.method !== 'POST') end(response, 405, {});
    else if (path === '/hello') end(response, 200, options.hello());
    else if (path === '/exit') end(response, 200, { exits: options.exit() });
    else if (refusing) end(response, 503, {});
    else
      options
        .track(() => answerCall(path.slice(1), request, response, options))
        .catch((error: unknown) => options.log.error('call-lost', { error: String(error) }));
  });
  // Waits are bounded by the calls themselves; only a client that never ends its request is cut off.
  server.requestTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.socket, resolve);
  });
  await chmod(options.socket, 0o600);
  return {
    refuse() {
      refusing = true;
    },
    async close() {
      // Node removes the socket file with this.
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), 2000);
      await closed;
      clearTimeout(cut);
    },
  };
}

async function answerCall(
  method: string,
  request: IncomingMessage,
  response: ServerResponse,
  options: ServerOptions,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  let done = 0;
  const write = (line: unknown) => {
    if (!response.destroyed && !response.writableEnded) response.write(`${JSON.stringify(line)}\n`);
  };
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  try {
    const { args, env } = callBody.parse(JSON.parse(await readBody(request)));
    write({ accepted: true });
    const call: HostCall = {
      env,
      signal: gone.signal,
      progress: (progress) => {
        // Rises whatever the parts of a call count by themselves.
        done = Math.max(done + 1, progress.done);
        write({ progress: { ...progress, done } });
      },
    };
    write({ result: await dispatch(options.service, method, args, call) });
  } catch (error) {
    const data = toErrorData(error);
    const level = data.code === 'internal' ? 'error' : 'info';
    const stack = data.code === 'internal' && error instanceof Error ? error.stack : undefined;
    options.log[level]('call-failed', { method, code: data.code, what: data.what, stack });
    write({ error: data });
  }
  response.end();
}

async function dispatch(
  service: HostService,
  method: string,
  args: unknown,
  call: HostCall,
): Promise<unknown> {
  if (!isMethod(method)) throw invalid(`The host has no method ${JSON.stringify(method.slice(0, 40))}.`);
  const parsed = methodArgs[method].safeParse(args);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(
      `Argument ${issue?.path.join('.') || '(root)'} of ${method}: ${issue?.message ?? 'wrong form'}.`,
    );
  }
  // The schema of a method gives the arguments of that method: the compiler cannot see the pairing.
  const handler = service[method] as (args: unknown, call: HostCall) => Promise<unknown>;
  return await handler(parsed.data, call);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestRequest) throw invalid(`The request is larger than ${largestRequest} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function end(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
}

function invalid(what: string): SeatrialError {
  return new SeatrialError('invalid-argument', { what, next: 'Correct the argument and call again.' });
}
