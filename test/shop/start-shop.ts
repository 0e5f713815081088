import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { edit, type Fault, loadFaults } from '../../src/cli/demo/fault.ts';
import { parseConfig } from '../../src/config/load.ts';

export const repositoryRoot = join(import.meta.dirname, '../..');
export const shopFolder = join(repositoryRoot, 'examples/shop');
export const shopConfig = parseConfig(readFileSync(join(shopFolder, 'seatrial.yaml'), 'utf8'), {
  root: shopFolder,
  file: 'seatrial.yaml',
});

export const faults: readonly Fault[] = await loadFaults(repositoryRoot);

/** A shop that answers, with something before each service that counts. */
export interface RunningShop {
  /** By service: the origin that neighbours and tests call. */
  readonly origins: Readonly<Record<string, string>>;
  /** Calls by service whose baggage holds this text. */
  calls(baggage: string): Record<string, number> | Promise<Record<string, number>>;
}

/** The five services as processes of their own, without any engine. */
export interface Shop extends RunningShop {
  readonly folder: string;
  readonly startMs: Readonly<Record<string, number>>;
  /** Ends all services with SIGTERM: their exit codes. */
  stop(): Promise<(number | null)[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** `data` is the folder that stands for `{{ data }}`; by default one of its own. */
export async function startShop(options: { fault?: Fault; data?: string } = {}): Promise<Shop> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'seatrial-shop-')));
  cpSync(shopFolder, folder, { recursive: true, filter: (path) => !path.endsWith('node_modules') });
  symlinkSync(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
  const { fault } = options;
  if (fault !== undefined) await edit(folder, fault, fault.find, fault.replace);
  const data = options.data ?? join(folder, 'data');
  const seen: { service: string; baggage: string }[] = [];
  const counters = await Promise.all(
    Object.keys(shopConfig.services).map(
      async (service) => [service, await startCounter(service, seen)] as const,
    ),
  );
  const origins = Object.fromEntries(counters.map(([name, counter]) => [name, counter.origin]));
  const started = await Promise.all(
    counters.map(async ([name, counter]) => {
      const service = await startService(name, folder, data, origins);
      counter.setPort(service.port);
      return [name, service] as const;
    }),
  );
  const stop = async (): Promise<(number | null)[]> =>
    Promise.all(
      started.map(async ([, { child }]) => {
        if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
        return child.exitCode;
      }),
    );
  return {
    folder,
    origins,
    startMs: Object.fromEntries(started.map(([name, { startMs }]) => [name, startMs])),
    calls(baggage) {
      const counts: Record<string, number> = {};
      for (const call of seen) {
        if (call.baggage.includes(baggage)) counts[call.service] = (counts[call.service] ?? 0) + 1;
      }
      return counts;
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      for (const [, counter] of counters) counter.server.close().closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startService(
  name: string,
  folder: string,
  data: string,
  origins: Readonly<Record<string, string>>,
): Promise<{ child: ChildProcess; port: number; startMs: number }> {
  const service = shopConfig.services[name];
  if (service?.command == null) throw new Error(`no service ${name}`);
  const fill = (text: string) =>
    text
      .replace(/\{\{ services\.(\w+)\.url \}\}/g, (_, other: string) => origins[other] ?? '')
      .replace('{{ data }}', data);
  const own = Object.fromEntries(Object.entries(service.env).map(([key, value]) => [key, fill(value)]));
  const began = performance.now();
  const child = spawn(process.execPath, service.command.split(' ').slice(1), {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: '0', NODE_NO_WARNINGS: '1', ...own },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /listens on (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return { child, port: Number(port), startMs: performance.now() - began };
  }
  throw new Error(`${name} ended before it listened`);
}

/** Stands before a service as a router would: counts and passes everything on. */
async function startCounter(service: string, seen: { service: string; baggage: string }[]) {
  let port = 0;
  const server: Server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    seen.push({ service, baggage: String(incoming.headers.baggage ?? '') });
    const { method, url, headers } = incoming;
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers, agent: false });
    onward.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  return {
    server,
    origin: `http://127.0.0.1:${own}`,
    setPort: (to: number) => {
      port = to;
    },
  };
}
