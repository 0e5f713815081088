import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type LocalLab, localLab, service } from '../test/local/lab.ts';
import { type Benchmark, quartiles, type Report, shown } from './report.ts';

/** Local sandbox from the call to the first routed request, against the fork's own start, by turns. */
const rounds = 15;
const allowedMs = 200;

const server = `
import { createServer } from 'node:http';
createServer((request, response) => response.end('here')).listen(Number(process.env.PORT), '127.0.0.1');
`;

interface Round {
  readonly own: number;
  readonly total: number;
  readonly snapshot: number;
  readonly setup: number;
  readonly rest: number;
}

export const sandboxBenchmark: Benchmark = { name: 'sandbox', run };

async function run(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-bench-'));
  writeFileSync(join(folder, 'server.mjs'), server);
  const lab = await localLab({ 'a/server.mjs': server }, [service('a')]);
  try {
    await lab.ask('a', { kind: 'baseline' });
    const all: Round[] = [];
    // The first round warms both ways up, and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      const own = await ownStart(folder);
      const sandbox = await sandboxStart(lab, `round-${round}`);
      if (round > 0) all.push({ own, ...sandbox });
    }
    return report(all);
  } finally {
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The program alone: from spawn to its first answer, asked for without pause. */
async function ownStart(cwd: string): Promise<number> {
  const port = await freePort();
  const begun = performance.now();
  const env = { ...process.env, PORT: String(port) };
  const child = spawn('sh', ['-c', 'exec node server.mjs'], { cwd, env, stdio: 'ignore' });
  while (!(await answers(`http://127.0.0.1:${port}/`))) await delay(1);
  const took = performance.now() - begun;
  child.kill('SIGKILL');
  await once(child, 'exit');
  return took;
}

async function sandboxStart(lab: LocalLab, name: string): Promise<Omit<Round, 'own'>> {
  const fork = await lab.fork('a', { 'a/note.txt': name });
  const begun = performance.now();
  const { state, timings } = await lab.provision(name, [fork]);
  const answer = await lab.ask('a', name);
  const total = performance.now() - begun;
  if (state !== 'ready' || answer !== 'here') throw new Error(`${name} is ${state} and answers ${answer}`);
  await lab.engine.teardown(name, AbortSignal.timeout(10_000));
  const { snapshot = 0, setup = 0 } = timings;
  return { total, snapshot, setup, rest: total - snapshot - setup };
}

function report(all: readonly Round[]): Report {
  const of = (value: (round: Round) => number) => quartiles(all.map(value));
  const own = of((round) => round.own);
  const rest = of((round) => round.rest);
  const row = (what: string, value: (round: Round) => number) => [what, shown(of(value))];
  const bound = own.median + allowedMs;
  return {
    title: `Local sandbox, ${rounds} rounds by turns, milliseconds: median (quartiles)`,
    columns: ['what', 'ms'],
    rows: [
      row("the fork's own start", (round) => round.own),
      row('call to first routed request', (round) => round.total),
      row('of that, snapshot', (round) => round.snapshot),
      row('of that, setup', (round) => round.setup),
      row('of that, the rest', (round) => round.rest),
      row("the rest beyond the fork's own start", (round) => round.rest - round.own),
    ],
    bars: [
      {
        what: `without snapshot and setup at most the own start + ${allowedMs} ms: ${rest.low.toFixed(0)} of ${bound.toFixed(0)} ms`,
        met: rest.low <= bound,
      },
    ],
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(
    async (answer) => (await answer.text()) === 'here',
    () => false,
  );
}
