import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/**
 * Smart diff on a server that nobody here wrote: json-server in two published versions with a documented change,
 * and each against itself. Prints what was found; docs/evidence/json-server.md says what that means.
 * Usage: node bench/evidence/json-server.ts [baseline version] [candidate version]
 */
const exec = promisify(execFile);
const [before = '0.17.4', after = '1.0.0-beta.3'] = process.argv.slice(2);
const main = new URL('../../src/main.ts', import.meta.url).pathname;

const data = {
  posts: [
    { id: 1, title: 'Sails', views: 100, tags: ['wind', 'cloth'] },
    { id: 2, title: 'Anchors', views: 200, tags: [] },
    { id: 3, title: 'Ropes', views: 50, tags: ['hemp'] },
  ],
  comments: [
    { id: 1, text: 'Good', postId: 1 },
    { id: 2, text: 'Better', postId: 1 },
  ],
  // What the requests write to, so that each pass reads the same posts.
  notes: [{ id: 1, text: 'first' }],
  profile: { name: 'harbour' },
};
const json = { 'content-type': 'application/json' };
const requests = [
  { id: 'list', method: 'GET', path: '/posts' },
  { id: 'one', method: 'GET', path: '/posts/1' },
  { id: 'singular', method: 'GET', path: '/profile' },
  { id: 'filter', method: 'GET', path: '/posts?title=Sails' },
  { id: 'missing', method: 'GET', path: '/posts/99' },
  { id: 'limit', method: 'GET', path: '/posts?_limit=2' },
  { id: 'page', method: 'GET', path: '/posts?_page=1&_limit=2' },
  { id: 'per-page', method: 'GET', path: '/posts?_page=1&_per_page=2' },
  { id: 'sort', method: 'GET', path: '/posts?_sort=views&_order=desc' },
  { id: 'sort-new', method: 'GET', path: '/posts?_sort=-views' },
  { id: 'operator', method: 'GET', path: '/posts?views_gte=100' },
  { id: 'search', method: 'GET', path: '/posts?q=Rope' },
  { id: 'embed', method: 'GET', path: '/posts?_embed=comments' },
  { id: 'expand', method: 'GET', path: '/comments?_expand=post' },
  { id: 'nested', method: 'GET', path: '/posts/1/comments' },
  { id: 'create', method: 'POST', path: '/notes', headers: json, body: { text: 'new' } },
  { id: 'replace', method: 'PUT', path: '/notes/1', headers: json, body: { text: 'second' } },
  { id: 'patch', method: 'PATCH', path: '/notes/1', headers: json, body: { done: true } },
];

const folder = await mkdtemp(join(tmpdir(), 'seatrial-evidence-'));
try {
  await writeFile(join(folder, 'requests.json'), JSON.stringify(requests));
  for (const [one, other] of [
    [before, after],
    [before, before],
    [after, after],
  ] as const) {
    await using baseline = await start(one, 'baseline');
    await using candidate = await start(other, 'candidate');
    const diff = await exec(
      process.execPath,
      [
        main,
        'diff',
        '--baseline',
        baseline.url,
        '--candidate',
        candidate.url,
        '--requests',
        'requests.json',
        '--json',
      ],
      { cwd: folder, maxBuffer: 1 << 26 },
    ).catch((error: { stdout: string }) => error);
    print(one, other, JSON.parse(diff.stdout));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

interface Result {
  readonly differs: string;
  readonly findings: readonly Record<string, unknown>[];
  readonly unconfirmed: readonly Record<string, unknown>[];
  readonly volatile: readonly Record<string, unknown>[];
}

function print(one: string, other: string, { differs, findings, unconfirmed, volatile }: Result): void {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(
    `\njson-server ${one} against ${other}: ${differs}, ${findings.length} findings, ${unconfirmed?.length ?? 0} unconfirmed`,
  );
  for (const { request, rule, severity, place, before, after } of findings) {
    const values = [before, after].map((value) => JSON.stringify(value)?.slice(0, 60) ?? '(absent)');
    say(`  ${request} · ${severity} ${rule} · ${place} · ${values.join(' → ')}`);
  }
  for (const { request, place, dimensions } of volatile) say(`  volatile: ${request} ${place} ${dimensions}`);
}

/** An install of that version, on a data file of its own. */
async function start(version: string, side: string): Promise<{ url: string } & AsyncDisposable> {
  const home = join(folder, version);
  await mkdir(home, { recursive: true });
  await exec('npm', [
    'install',
    '--prefix',
    home,
    '--no-audit',
    '--no-fund',
    '--silent',
    `json-server@${version}`,
  ]);
  const file = join(home, `${side}.json`);
  await writeFile(file, JSON.stringify(data));
  const port = await freePort();
  const child = spawn(join(home, 'node_modules', '.bin', 'json-server'), [file, '--port', String(port)], {
    stdio: 'ignore',
    cwd: home,
  });
  const url = `http://localhost:${port}`;
  for (let tries = 0; tries < 200 && !(await fetch(`${url}/posts`).catch(() => null))?.ok; tries += 1)
    await sleep(50);
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
