import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Compared, page } from './page.ts';
import type { Command, EvidenceRequest, Program } from './program.ts';
import { datasette } from './programs/datasette.ts';
import { goHttpbin } from './programs/go-httpbin.ts';
import { httpServer } from './programs/http-server.ts';
import { serve } from './programs/serve.ts';

/**
 * Smart diff on servers that nobody here wrote: two published versions through the door of two addresses, and each
 * version against itself with 200 requests. Writes docs/evidence/<program>.md.
 * Usage: node bench/evidence/run.ts [program…]; EVIDENCE_CACHE names a folder that keeps installs.
 */
const programs: readonly Program[] = [datasette, goHttpbin, httpServer, serve];
const exec = promisify(execFile);
const main = new URL('../../src/main.ts', import.meta.url).pathname;
const docs = new URL('../../docs/evidence/', import.meta.url).pathname;
const selfRequests = 200;

const names = process.argv.slice(2);
const cache = process.env.EVIDENCE_CACHE;
const folder = await mkdtemp(join(tmpdir(), 'seatrial-evidence-'));
try {
  for (const program of programs.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const changed = await compare(program, program.before, program.after, program.requests);
    const many = repeated(program.requests, selfRequests);
    const itself = [
      await compare(program, program.before, program.before, many),
      await compare(program, program.after, program.after, many),
    ];
    await writeFile(join(docs, `${program.name}.md`), page(program, changed, itself));
    process.stdout.write(`Wrote docs/evidence/${program.name}.md\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

function repeated(requests: readonly EvidenceRequest[], least: number): EvidenceRequest[] {
  const rounds = Math.ceil(least / requests.length);
  return Array.from({ length: rounds }, (_, round) =>
    requests.map((request) => ({ ...request, id: round === 0 ? request.id : `${request.id}~${round + 1}` })),
  ).flat();
}

async function compare(
  program: Program,
  one: string,
  other: string,
  requests: readonly EvidenceRequest[],
): Promise<Compared> {
  // One folder for both: some programs name it in their answers.
  const data = await writeFiles(program);
  await using baseline = await start(program, one, data);
  await using candidate = await start(program, other, data);
  const file = join(folder, 'requests.json');
  await writeFile(file, JSON.stringify(requests.map((request) => ({ method: 'GET', ...request }))));
  const args = ['--baseline', baseline.url, '--candidate', candidate.url, '--requests', file, '--json'];
  const options = { cwd: folder, maxBuffer: 1 << 28 };
  const { stdout } = await exec(process.execPath, [main, 'diff', ...args], options).catch(
    (error: { stdout: string; stderr: string }) => {
      if (error.stdout === '') throw error;
      return error;
    },
  );
  return { versions: [one, other], requests: requests.length, result: JSON.parse(stdout) };
}

async function writeFiles({ name, files }: Program): Promise<string> {
  const data = join(folder, name);
  await rm(data, { recursive: true, force: true });
  await mkdir(data, { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    const path = join(data, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    await utimes(path, 1_767_225_600, 1_767_225_600);
    await utimes(dirname(path), 1_767_225_600, 1_767_225_600);
  }
  return data;
}

async function start(
  program: Program,
  version: string,
  data: string,
): Promise<{ url: string } & AsyncDisposable> {
  const home = join(cache ?? folder, program.name, version);
  if (!existsSync(home)) {
    await mkdir(dirname(home), { recursive: true });
    for (const command of program.install(version, home)) await run(command);
  }
  const port = await freePort();
  const { file, args, env } = program.command(home, port, data, version);
  const child = spawn(file, args, { stdio: 'ignore', cwd: data, env: { ...process.env, ...env } });
  const url = `http://127.0.0.1:${port}`;
  const up = async () => (await fetch(url + program.ready).catch(() => null))?.ok === true;
  for (let tries = 0; !(await up()); tries += 1) {
    if (tries > 1200 || child.exitCode !== null) throw new Error(`${program.name} ${version} does not start`);
    await sleep(100);
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function run({ file, args, env }: Command): Promise<void> {
  await exec(file, args, { env: { ...process.env, ...env }, maxBuffer: 1 << 26 });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
