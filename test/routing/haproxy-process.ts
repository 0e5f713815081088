import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { haproxyPaths } from '../../src/routing/haproxy/config.ts';
import { writeHaproxyFiles } from '../../src/routing/haproxy/files.ts';
import { openRuntime, type Runtime } from '../../src/routing/haproxy/runtime.ts';

/** A real HAProxy on loopback, with a few ports of each kind. Ends with the test. */
export interface HaproxyProcess {
  readonly folder: string;
  readonly runtime: Runtime;
  readonly httpPorts: readonly number[];
  readonly tcpPorts: readonly number[];
  readonly child: ChildProcess;
  /** Ends it, and starts another in the same folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const count = 3;

export async function startHaproxy(table = ''): Promise<HaproxyProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'seatrial-haproxy-'));
  const first = await freePorts(2 * count);
  const http = { first, count };
  const tcp = { first: first + count, count };
  const paths = haproxyPaths(folder);
  await writeHaproxyFiles({ folder, bind: '127.0.0.1', http, tcp, hardStopSeconds: 20 });
  await writeFile(paths.table, table);
  const runtime = openRuntime(paths.socket, paths.table);
  let child = await started(paths.config, runtime);
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(async () => {
    await end();
    await rm(folder, { recursive: true });
  });
  return {
    folder,
    runtime,
    httpPorts: ports(http.first),
    tcpPorts: ports(tcp.first),
    get child() {
      return child;
    },
    restart: async () => {
      await end();
      child = await started(paths.config, runtime);
    },
    stop: end,
  };
}

function ports(first: number): number[] {
  return Array.from({ length: count }, (_, at) => first + at);
}

async function started(config: string, runtime: Runtime): Promise<ChildProcess> {
  const child = spawn('haproxy', ['-db', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const failed = once(child, 'error').then(([error]) => Promise.reject(error));
  const exited = once(child, 'exit').then(() => Promise.reject(new Error(`haproxy ended: ${said}`)));
  const answers = async () => {
    for (;;) {
      try {
        await runtime.mute();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  };
  failed.catch(() => {});
  exited.catch(() => {});
  await Promise.race([answers(), failed, exited]);
  return child;
}

/** The first of some ports in a row that nobody listens at, below those that the system gives out. */
async function freePorts(length: number): Promise<number> {
  for (;;) {
    const first = 10_000 + Math.floor(Math.random() * 9_000);
    const free = await Promise.all(Array.from({ length }, (_, at) => isFree(first + at)));
    if (free.every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
