import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { mintKey } from '../src/routing/key.ts';
import { type Bar, type Benchmark, quantile, quartiles, type Report, shown } from './report.ts';

/** Rounds of each way; all ways take their turn in each round, so that a busy machine is as busy for all. */
const rounds = 15;
const roundMs = 700;
const connections = [1, 32];

interface Server {
  readonly port: number;
  cpuSeconds(): Promise<number>;
  stop(): void;
}

interface Way {
  readonly name: string;
  readonly server: Server;
  readonly keyed: boolean;
}

interface Round {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuMicros: number;
}

export const routerBenchmark: Benchmark = { name: 'router', run };

async function run(): Promise<Report> {
  const key = mintKey();
  const service = await serve('service');
  const bare = await serve('bare', service.port);
  const one = await serve('router', service.port, 1, key);
  const many = await serve('router', service.port, 5000, key);
  const ways: Way[] = [
    { name: 'direct', server: service, keyed: false },
    { name: 'bare proxy', server: bare, keyed: false },
    { name: 'router, no key, 1 route', server: one, keyed: false },
    { name: 'router, key, 1 route', server: one, keyed: true },
    { name: 'router, key, 5000 routes', server: many, keyed: true },
  ];
  try {
    const results = new Map<string, Round[]>();
    for (const count of connections) for (const way of ways) await load(way, count, key);
    for (let round = 0; round < rounds; round += 1) {
      for (const count of connections) {
        for (const way of ways) {
          const name = `${way.name} @ ${count}`;
          results.set(name, [...(results.get(name) ?? []), await load(way, count, key)]);
        }
      }
    }
    return report(ways, results);
  } finally {
    for (const server of [service, bare, one, many]) server.stop();
  }
}

async function serve(kind: string, port = 0, routes = 1, key = ''): Promise<Server> {
  const args = [kind, String(port), String(routes), key];
  const child: ChildProcess = fork(new URL('./router-process.ts', import.meta.url), args);
  const [listening] = await once(child, 'message');
  return {
    port: Number(listening),
    cpuSeconds: async () => {
      child.send('cpu');
      const [seconds] = await once(child, 'message');
      return Number(seconds);
    },
    stop: () => void child.kill(),
  };
}

/** Each connection sends its next request when the answer to the last is there. */
async function load(way: Way, count: number, key: string): Promise<Round> {
  const before = await way.server.cpuSeconds();
  const began = performance.now();
  const until = began + roundMs;
  const times = await Promise.all(Array.from({ length: count }, () => caller(way, until, key)));
  const seconds = (performance.now() - began) / 1000;
  const cpu = (await way.server.cpuSeconds()) - before;
  const all = times.flat().sort((a, b) => a - b);
  return {
    perSecond: all.length / seconds,
    p50: quantile(all, 0.5) * 1000,
    p99: quantile(all, 0.99) * 1000,
    cpuMicros: (cpu / all.length) * 1e6,
  };
}

/** The milliseconds of each request. Knows just enough HTTP to be no bottleneck: answers of a fixed length. */
function caller(way: Way, until: number, key: string): Promise<number[]> {
  const baggage = way.keyed ? `baggage: user=7,seatrial=${key}.12345678\r\n` : '';
  const head = `GET /items/mug HTTP/1.1\r\nHost: pricing\r\nAccept: application/json\r\nUser-Agent: bench\r\n${baggage}\r\n`;
  const request = Buffer.from(head);
  const times: number[] = [];
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: way.server.port, noDelay: true });
    let sent = 0;
    let left = '';
    const next = () => {
      sent = performance.now();
      if (sent < until) socket.write(request);
      else socket.destroy();
    };
    socket
      .on('connect', next)
      .on('data', (bytes: Buffer) => {
        left += bytes.toString('latin1');
        if (!left.endsWith('}')) return;
        if (!left.startsWith('HTTP/1.1 200')) reject(new Error(`${way.name} answered ${left.slice(0, 200)}`));
        left = '';
        times.push(performance.now() - sent);
        next();
      })
      .on('error', reject)
      .on('close', () => resolve(times));
  });
}

function report(ways: readonly Way[], results: ReadonlyMap<string, readonly Round[]>): Report {
  const rows = connections.flatMap((count) =>
    ways.map(({ name }) => {
      const all = results.get(`${name} @ ${count}`) ?? [];
      const of = (value: (round: Round) => number) => shown(quartiles(all.map(value)));
      return [
        String(count),
        name,
        of(({ perSecond }) => perSecond),
        of(({ p50 }) => p50),
        of(({ p99 }) => p99),
        of(({ cpuMicros }) => cpuMicros),
      ];
    }),
  );
  const bars = connections.flatMap((count): Bar[] => {
    const at = (name: string) => results.get(`${name} @ ${count}`) ?? [];
    const bare = at('bare proxy');
    return [
      ratioBar(
        `no key, against the bare proxy, ${count} connections`,
        at('router, no key, 1 route'),
        bare,
        0.8,
      ),
      ratioBar(`key, against the bare proxy, ${count} connections`, at('router, key, 1 route'), bare, 0.8),
      ratioBar(
        `5000 routes against 1, ${count} connections`,
        at('router, key, 5000 routes'),
        at('router, key, 1 route'),
        0.9,
      ),
    ];
  });
  return {
    title: `Router: requests over keep-alive connections, ${rounds} interleaved rounds of ${roundMs} ms; median (quartiles)`,
    columns: ['connections', 'way', 'requests/s', 'p50 µs', 'p99 µs', 'CPU µs/request'],
    rows,
    bars,
  };
}

/** Ratios within a round: what slows the machine down slows both. */
function ratioBar(what: string, ours: readonly Round[], reference: readonly Round[], bar: number): Bar {
  const ratio = quartiles(
    ours.map(({ perSecond }, at) => perSecond / (reference[at]?.perSecond ?? Number.NaN)),
  );
  return { what: `requests/s ≥ ${bar} ×: ${what}: ${shown(ratio, 2)}`, met: ratio.high >= bar };
}
