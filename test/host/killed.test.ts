import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostFolders } from '../../src/host/folders.ts';
import { type Shop, shop } from './shop.ts';
import { call, processesOf, until } from './support.ts';

let place: Shop;
beforeEach(async () => {
  place = await shop();
});
afterEach(() => place.end());

/** From its card: a process that is just being started bears the command line of its parent for a moment. */
function hostPid(): number | null {
  const { card } = hostFolders(join(place.repo, '.git'), place.env);
  return existsSync(card) ? (JSON.parse(readFileSync(card, 'utf8')) as { pid: number }).pid : null;
}

/** kill -9 for the host; resolves when all that it had started is gone without it. */
async function killHost(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL') {
  process.kill(hostPid() ?? Number.NaN, signal);
  await until('all of the killed host to be gone', () => processesOf(place.root).length === 0);
}

const provision = (env: Record<string, string> = {}, more: object = {}) =>
  place.client.provision(
    { workingTree: place.repo, changes: [{ service: 'price', env }], waitSeconds: 40, ...more },
    call(),
  );
const inspect = (sandbox: string) => place.client.inspect({ workingTree: place.repo, sandbox }, call());

async function loopAgain(name: string) {
  await expect(inspect(name)).rejects.toMatchObject({
    code: 'sandbox-gone',
    text: { why: expect.stringContaining('host died'), next: expect.stringContaining('provision') },
  });
  const view = await provision();
  expect(view.sandbox.state).toBe('ready');
  const run = await place.client.runPlan({ workingTree: place.repo, plan: 'cart', waitSeconds: 40 }, call());
  expect(run.verdict?.verdict).toBe('passed');
  await place.client.teardown({ workingTree: place.repo, all: true }, call());
  return view.sandbox;
}

test('killed while it provisions: all processes end, the sandbox is gone with the reason, the loop goes on', async () => {
  const waiting = provision({ DELAY_MS: '0' }, { waitSeconds: 0, name: 'early' });
  const { sandbox } = await waiting;
  await sleep(100);
  await killHost();
  const again = await loopAgain('early');
  expect(again.routingKey).not.toBe(sandbox.routingKey);
});

test('killed before a first provision came back: the call says so, the next one works', async () => {
  const waiting = provision({ START_MS: '60000' }, { name: 'early' }).catch(
    (error: { code: string }) => error.code,
  );
  await until('the fork to start', () =>
    processesOf(place.root).some(({ command }) => command.includes('price/')),
  );
  await killHost();
  expect(await waiting).toBe('host-gone');
  expect((await provision()).sandbox.state).toBe('ready');
});

test('killed during a run: the call says so, the run has no verdict, the loop goes on', async () => {
  const { sandbox } = await provision({ DELAY_MS: '400' });
  const running = await place.client.runPlan(
    { workingTree: place.repo, plan: 'cart', waitSeconds: 0 },
    call(),
  );
  const again = { workingTree: place.repo, run: running.run, waitSeconds: 40 };
  const waiting = place.client.runPlan(again, call()).catch((error: { code: string }) => error.code);
  await sleep(500);
  await killHost();
  expect(await waiting).toBe('host-gone');
  await expect(place.client.runPlan(again, call())).rejects.toMatchObject({ code: 'host-gone' });
  await loopAgain(sandbox.name);
});

test('killed during teardown: nothing is left, and the sandbox is gone', async () => {
  const { sandbox } = await provision({ STOP_MS: '3000' });
  const removing = place.client
    .teardown({ workingTree: place.repo, sandbox: sandbox.name }, call())
    .catch((error: { code: string }) => error.code);
  await sleep(400);
  await killHost();
  expect(await removing).toBe('host-gone');
  const again = await place.client.teardown({ workingTree: place.repo, sandbox: sandbox.name }, call());
  expect(again.left).toEqual([]);
  await loopAgain(sandbox.name);
});

test('SIGTERM ends sandboxes, run and baseline in good order, and the next host knows', async () => {
  const { sandbox } = await provision({ DELAY_MS: '400' });
  const { run } = await place.client.runPlan(
    { workingTree: place.repo, plan: 'cart', waitSeconds: 0 },
    call(),
  );
  await killHost('SIGTERM');
  const folders = hostFolders(join(place.repo, '.git'), place.env);
  expect(existsSync(folders.runtime)).toBe(false);
  await expect(place.client.readRun({ workingTree: place.repo, run }, call())).rejects.toMatchObject({
    code: 'host-gone',
  });
  await expect(inspect(sandbox.name)).rejects.toMatchObject({ code: 'sandbox-gone' });
});

test('a client that disappears while its sandbox starts finds it started', async () => {
  const leaving = new AbortController();
  const args = {
    workingTree: place.repo,
    changes: [{ service: 'price' }],
    name: 'left',
    waitSeconds: 40,
  };
  const lost = place.client.provision(args, call([], leaving.signal)).catch((error: Error) => error.name);
  await until('the fork to start', () => processesOf(place.root).length > 3);
  leaving.abort();
  expect(await lost).toBe('AbortError');
  expect((await place.client.provision(args, call())).sandbox).toMatchObject({
    state: 'ready',
    generation: 1,
  });
});

test('the runtime folder holds no snapshot, ledger or socket after the end', async () => {
  await provision();
  await place.client.teardown({ workingTree: place.repo, all: true }, call());
  await until('the end of the host', () => processesOf(place.root).length === 0);
  const folders = hostFolders(join(place.repo, '.git'), place.env);
  expect(existsSync(folders.runtime)).toBe(false);
  const left = readdirSync(folders.cache, { recursive: true, encoding: 'utf8' });
  expect(left.filter((path) => path.endsWith('server.mjs'))).toEqual([]);
});
