import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { haproxyEnvironment, haproxyPaths } from '../src/routing/haproxy/config.ts';
import { mapEntries } from '../src/routing/haproxy/entries.ts';
import { writeHaproxyFiles } from '../src/routing/haproxy/files.ts';
import { openRuntime, type Runtime } from '../src/routing/haproxy/runtime.ts';
import { mintKey } from '../src/routing/key.ts';
import { type Bar, type Benchmark, quartiles, type Report, shown } from './report.ts';
import { cpuSecondsIn, readWrk, wrkArgs } from './wrk.ts';

/**
 * The cluster's router, which is HAProxy with our configuration, against the same service directly and behind a bare
 * HAProxy of one thread, all on loopback.
 */
export const clusterRouterBenchmark: Benchmark = { name: 'cluster-router', run };

const rounds = 15;
const seconds = 1;
const connections = [1, 32];
const program = promisify(execFile);

interface Proxy {
  readonly port: number;
  readonly child: ChildProcess | null;
  readonly runtime: Runtime | null;
}

interface Way {
  readonly name: string;
  readonly proxy: Proxy;
  readonly headers: readonly string[];
}

interface Round {
  readonly perSecond: number;
  readonly p50Micros: number;
  readonly cpuMicros: number;
}

async function run(): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'seatrial-bench-'));
  const service = spawn('haproxy', ['-db', '-f', await serviceConfig(folder)], { stdio: 'ignore' });
  const key = mintKey();
  const bare = await bareProxy(folder);
  const one = await router(folder, 1, key);
  const many = await router(folder, 5000, key);
  const keyed = [`baggage: user=7,seatrial=${key}.12345678`];
  // Beyond what the short way reads: the whole request goes to Lua.
  const split = ['baggage: user=7', `baggage: seatrial=${key}.12345678`];
  const traced = ['baggage: user=7', 'tracestate: congo=t61rcWkgMzE'];
  const ways: Way[] = [
    { name: 'direct', proxy: { port: servicePort, child: null, runtime: null }, headers: [] },
    { name: 'bare HAProxy', proxy: bare, headers: [] },
    { name: 'router, no key', proxy: one, headers: [] },
    { name: "router, others' baggage", proxy: one, headers: traced },
    { name: 'router, no key, 5000 routes', proxy: many, headers: [] },
    { name: 'router, key (Lua), 1 route', proxy: one, headers: keyed },
    { name: 'router, key (Lua), 5000 routes', proxy: many, headers: keyed },
    { name: 'router, key (Lua), two lines', proxy: one, headers: split },
  ];
  // As the agent does: a beat each second, and hops taken.
  const taken = new Map<Runtime, number>();
  const agent = setInterval(() => {
    for (const { runtime } of [one, many]) if (runtime !== null) void tend(runtime, taken).catch(() => {});
  }, 250);
  try {
    const results = new Map<string, Round[]>();
    await Promise.all(ways.map(({ proxy }) => answering(proxy.port)));
    for (let round = 0; round < rounds; round += 1) {
      for (const count of connections) {
        for (const way of ways) {
          const name = `${way.name} @ ${count}`;
          results.set(name, [...(results.get(name) ?? []), await load(way, count)]);
        }
      }
    }
    return report(ways, results);
  } finally {
    clearInterval(agent);
    for (const child of [service, bare.child, one.child, many.child]) child?.kill();
    await rm(folder, { recursive: true });
  }
}

const servicePort = 19_700;
let nextPort = 19_701;

/** Answers by itself, so that it is quicker than what is measured. */
async function serviceConfig(folder: string): Promise<string> {
  const path = join(folder, 'service.cfg');
  const answer = `http-request return status 200 content-type application/json string '{"id":"mug","price":1250}'`;
  await writeFile(path, `${plain}frontend service\n  bind 127.0.0.1:${servicePort}\n  ${answer}\n`);
  return path;
}

const plain =
  'global\n  nbthread 1\ndefaults\n  mode http\n  timeout connect 5s\n  timeout client 1m\n  timeout server 1m\n';

async function bareProxy(folder: string): Promise<Proxy> {
  const port = nextPort++;
  const path = join(folder, 'bare.cfg');
  const server = `backend b\n  server s 127.0.0.1:${servicePort}\n`;
  await writeFile(path, `${plain}frontend f\n  bind 127.0.0.1:${port}\n  default_backend b\n${server}`);
  return { port, child: spawn('haproxy', ['-db', '-f', path], { stdio: 'ignore' }), runtime: null };
}

async function router(parent: string, routes: number, key: string): Promise<Proxy> {
  const folder = join(parent, `router-${routes}`);
  const first = nextPort;
  nextPort += 2;
  const paths = haproxyPaths(folder);
  const tcp = { first: first + 1, count: 1 };
  await writeHaproxyFiles({ folder, bind: '127.0.0.1', http: { first, count: 1 }, tcp, hardStopSeconds: 1 });
  const env = { ...process.env, ...haproxyEnvironment };
  const child = spawn('haproxy', ['-db', '-f', paths.config], { stdio: 'ignore', env });
  const runtime = openRuntime(paths.socket, paths.table);
  const address = { host: '127.0.0.1', port: servicePort };
  const fork = (one: string) => ({
    kind: 'fork' as const,
    service: 'pricing',
    key: one,
    sandbox: 'pr-1',
    instance: 'pod/0',
    addresses: new Map([[first, address]]),
  });
  const others = Array.from({ length: routes - 1 }, (_, at) => fork(`k${String(at).padStart(19, '0')}`));
  const ports = [
    { service: 'pricing', routerPort: first, protocol: 'http' as const, baseline: address, close: false },
  ];
  const entries = mapEntries({ ports, forks: [fork(key), ...others], tombstones: [] });
  while (!(await runtime.epoch().catch(() => false))) await new Promise((wait) => setTimeout(wait, 20));
  await runtime.load(entries);
  await runtime.beat(await runtime.epoch());
  return { port: first, child, runtime };
}

async function tend(runtime: Runtime, taken: Map<Runtime, number>): Promise<void> {
  const epoch = await runtime.epoch();
  await runtime.beat(epoch);
  for (;;) {
    const { first, newest, events } = await runtime.hops(taken.get(runtime) ?? 0, epoch);
    taken.set(runtime, first + events.length - 1);
    if (first + events.length > newest) return;
  }
}

async function answering(port: number): Promise<void> {
  while (
    !(await fetch(`http://127.0.0.1:${port}/`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    await new Promise((wait) => setTimeout(wait, 20));
  }
}

async function load(way: Way, connections: number): Promise<Round> {
  const before = await cpuSeconds(way.proxy.child);
  const url = `http://127.0.0.1:${way.proxy.port}/items/mug`;
  const { stdout } = await program('wrk', wrkArgs({ url, connections, seconds, headers: way.headers }));
  const cpu = (await cpuSeconds(way.proxy.child)) - before;
  const { requests, perSecond, p50Micros } = readWrk(stdout);
  return { perSecond, p50Micros, cpuMicros: (cpu / requests) * 1e6 };
}

async function cpuSeconds(child: ChildProcess | null): Promise<number> {
  if (child === null) return Number.NaN;
  return cpuSecondsIn(await readFile(`/proc/${child.pid}/stat`, 'utf8'));
}

function report(ways: readonly Way[], results: ReadonlyMap<string, readonly Round[]>): Report {
  const at = (name: string, count: number) => results.get(`${name} @ ${count}`) ?? [];
  const rows = connections.flatMap((count) =>
    ways.map(({ name, proxy }) => {
      const of = (value: (round: Round) => number, digits = 0) =>
        shown(quartiles(at(name, count).map(value)), digits);
      const cpu = proxy.child === null ? '–' : of(({ cpuMicros }) => cpuMicros, 1);
      return [String(count), name, of((one) => one.perSecond), of((one) => one.p50Micros), cpu];
    }),
  );
  const bars = connections.flatMap((count): Bar[] =>
    ['router, no key', 'router, no key, 5000 routes', 'router, key (Lua), 1 route'].map((name) => {
      const bare = at('bare HAProxy', count);
      const ratio = quartiles(
        at(name, count).map(({ perSecond }, round) => perSecond / (bare[round]?.perSecond ?? Number.NaN)),
      );
      const least = name.includes('Lua') ? 0.5 : 0.8;
      const what = `requests/s ≥ ${least} × bare HAProxy: ${name}, ${count} connections: ${shown(ratio, 2)}`;
      return { what, met: ratio.high >= least };
    }),
  );
  return {
    title: `Cluster's router (HAProxy 2.6, one thread), ${rounds} interleaved rounds of ${seconds} s by wrk; median (quartiles)`,
    columns: ['connections', 'way', 'requests/s', 'p50 µs', 'CPU µs/request'],
    rows,
    bars,
  };
}
