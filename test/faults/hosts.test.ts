import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { hostFolders } from '../../src/host/folders.ts';
import { type Outcome, outcome, start } from '../support/binary.ts';
import { alive, processesOf } from './processes.ts';
import { openWorld, until, type World } from './world.ts';

let world: World;
afterEach(() => world.end());

const requests = [1, 2, 3].map((at) => ({
  id: `slow-${at}`,
  service: 'price',
  method: 'GET',
  path: '/slow',
}));
const change = () => world.edit('price/server.mjs', 'cents: 1250', 'cents: 1400');
const folders = () => hostFolders(join(world.scratch.root, '.git'), world.place.env);

/** Kills the host with -9; when it resolves, nothing of its own runs any more. */
async function killHost(): Promise<void> {
  const pid = world.host();
  const servers = new Set(
    processesOf(world.scratch.folder)
      .filter(({ command }) => / mcp $/.test(command))
      .map((each) => each.pid),
  );
  process.kill(pid, 'SIGKILL');
  await until(
    'the end of what the host held',
    () => !alive(pid) && processesOf(world.scratch.folder).every((each) => servers.has(each.pid)),
    () => processesOf(world.scratch.folder),
  );
}

/** After a host died: the kept run can be read, its sandbox says that it is gone, and a new one is made. */
async function recovers(sandbox: string, run: string, key: string): Promise<void> {
  expect(await world.agent.call('smart_diff', { run })).toMatchObject({ verdict: 'failed' });
  expect(await world.agent.refused('inspect_sandbox', { sandbox })).toMatchObject({ code: 'sandbox-gone' });
  expect(await world.agent.refused('run_plan', { plan: 'cart', sandbox })).toMatchObject({
    code: 'sandbox-gone',
  });
  world.scratch.git('checkout', '--', '.');
  change();
  const again = await world.agent.done('provision_sandbox', { name: sandbox });
  expect(again).toMatchObject({ state: 'ready' });
  expect(again.key).not.toBe(key);
  expect((await fetch(`${again.urls.price}/mug`)).status).toBe(200);
  expect(await world.agent.done('run_plan', { plan: 'sku', sandbox })).toMatchObject({ verdict: 'passed' });
}

/** A ready sandbox \`one\` with a run that is done. */
async function ready(): Promise<{ readonly key: string; readonly run: string }> {
  change();
  const { key, state } = await world.agent.done('provision_sandbox', { name: 'one' });
  expect(state).toBe('ready');
  const mug = [{ id: 'mug', service: 'price', method: 'GET', path: '/mug' }];
  const { run } = await world.agent.done('smart_diff', { sandbox: 'one', requests: mug });
  return { key, run };
}

describe('the host is killed with -9', () => {
  test('in the middle of provisioning: host-gone, nothing runs on, and the next call works', async () => {
    world = await openWorld();
    const { key, run } = await ready();
    world.edit(
      'price/server.mjs',
      'createServer((',
      'await new Promise((r) => setTimeout(r, 60_000)); createServer((',
    );
    const waiting = world.agent.refused('provision_sandbox', { sandbox: 'one' });
    await until('its beginning', async () =>
      (await world.agent.call('inspect_sandbox')).sandboxes.some(({ state }) => state === 'provisioning'),
    );
    await killHost();
    expect(await waiting).toMatchObject({
      code: 'host-gone',
      text: expect.stringContaining('provision_sandbox'),
    });
    await recovers('one', run, key);
  });

  test('in the middle of the first provisioning, when the baseline starts: the same', async () => {
    world = await openWorld();
    change();
    const waiting = world.agent.refused('provision_sandbox', { name: 'one' });
    await until('the first service', () =>
      processesOf(world.scratch.folder).some(({ command }) => /server\.mjs/.test(command)),
    );
    await killHost();
    expect(await waiting).toMatchObject({ code: 'host-gone' });
    expect(await world.agent.done('provision_sandbox', { name: 'one' })).toMatchObject({ state: 'ready' });
  });

  test('in the middle of a run: host-gone, the run says so for good, and the next run works', async () => {
    world = await openWorld();
    const { key, run } = await ready();
    const begun = await world.agent.call('smart_diff', { sandbox: 'one', requests, wait_seconds: 0 });
    const waiting = world.agent.refused('smart_diff', { run: begun.run });
    await until('the pass through the fork', async () =>
      /Pass 2/.test((await world.agent.call('smart_diff', { run: begun.run, wait_seconds: 0 })).text),
    );
    await killHost();
    expect(await waiting).toMatchObject({ code: 'host-gone' });
    expect(await world.agent.refused('smart_diff', { run: begun.run })).toMatchObject({ code: 'host-gone' });
    await recovers('one', run, key);
  });

  test('in the middle of teardown: host-gone, all of it is gone, and teardown again says so', async () => {
    world = await openWorld();
    world.edit('price/server.mjs', 'process.exit(0)', "console.log('no')");
    world.edit('seatrial.yaml', 'stopSeconds: 1', 'stopSeconds: 30');
    await world.agent.done('provision_sandbox', { name: 'one' });
    const waiting = world.agent.refused('teardown', { sandbox: 'one' });
    await until('its beginning', async () =>
      (await world.agent.call('inspect_sandbox')).sandboxes.some(({ state }) => state !== 'ready'),
    );
    await killHost();
    expect(await waiting).toMatchObject({ code: 'host-gone' });
    expect(await world.agent.call('teardown', { sandbox: 'one' })).toMatchObject({ removed: [], left: [] });
    expect((await world.agent.call('inspect_sandbox')).sandboxes).toEqual([]);
  });

  test('together with its watchdog: the next host sweeps what they left', async () => {
    world = await openWorld();
    const { key, run } = await ready();
    const held = processesOf(world.scratch.folder);
    const services = held.filter(({ command }) => /server\.mjs/.test(command));
    expect(services.length).toBe(3);
    const watchdog = held.find(({ command }) => command.includes('watchdog'));
    // The host first: it would start another watchdog.
    process.kill(world.host(), 'SIGSTOP');
    process.kill(watchdog?.pid ?? 0, 'SIGKILL');
    process.kill(world.host(), 'SIGKILL');
    expect(services.every(({ pid }) => alive(pid))).toBe(true);
    await recovers('one', run, key);
    expect(services.filter(({ pid }) => alive(pid))).toEqual([]);
  });
});

test('two MCP servers and a CLI call that start the host at the same moment get one host, and all three succeed', async () => {
  world = await openWorld();
  change();
  const other = await world.connect();
  const [one, two, three] = await Promise.all([
    world.agent.done('provision_sandbox', { name: 'one' }),
    other.done('provision_sandbox', { name: 'two' }),
    world.cli(['provision', '--name', 'three', '--json']),
  ]);
  expect([one, two]).toMatchObject([{ state: 'ready' }, { state: 'ready' }]);
  expect(three).toMatchObject({ code: 0 });
  expect(JSON.parse(three.stdout)).toMatchObject({ sandbox: 'three', state: 'ready' });
  const { sandboxes } = await other.call('inspect_sandbox');
  expect(sandboxes.map(({ sandbox }) => sandbox).toSorted()).toEqual(['one', 'three', 'two']);
  // A child that the host has just forked bears the host's command line until it runs its own program.
  const hosts = () =>
    processesOf(world.scratch.folder).filter(({ command }) => / host --repository /.test(command));
  await expect.poll(() => hosts().length).toBe(1);
});

describe('a host of an older version', () => {
  /** The same program, as an earlier release would have installed it. */
  function olderInstall(): string {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const folder = join(world.scratch.folder, 'older');
    cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
    const text = readFileSync(join(root, 'package.json'), 'utf8');
    writeFileSync(join(folder, 'package.json'), text.replace(/"version": "[^"]+"/, '"version": "0.0.1"'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    return join(folder, 'dist/src/main.js');
  }
  const older = async (main: string, ...args: string[]): Promise<Outcome> => {
    const child = start(args, world.place, main);
    child.stdin?.end();
    return await outcome(child);
  };

  test('that serves a sandbox stays: host-version says what to do; without one it makes place', async () => {
    world = await openWorld();
    change();
    const main = olderInstall();
    expect(await older(main, 'provision', '--name', 'old')).toMatchObject({ code: 0 });
    const { code, text } = await world.agent.refused('inspect_sandbox');
    expect(code).toBe('host-version');
    expect(text).toContain('0.0.1');
    expect(text).toContain(`kill ${world.host()}`);
    expect(await older(main, 'inspect', 'old')).toMatchObject({ code: 0 });
    const before = world.host();
    expect(await older(main, 'teardown', 'old')).toMatchObject({ code: 0 });
    expect(await world.agent.done('provision_sandbox', { name: 'new' })).toMatchObject({ state: 'ready' });
    expect(world.host()).not.toBe(before);
  });
});

describe('a socket', () => {
  test('that nobody answers: host-unreachable says what holds it; gone, the next call works', async () => {
    world = await openWorld();
    mkdirSync(folders().runtime, { recursive: true, mode: 0o700 });
    chmodSync(folders().runtime, 0o700);
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(folders().socket, resolve));
    const { code, text } = await world.agent.refused('inspect_sandbox');
    expect(code).toBe('host-unreachable');
    expect(text).toContain(folders().socket);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    expect((await world.agent.call('inspect_sandbox')).sandboxes).toEqual([]);
  });

  test('of a host that is stopped: host-unreachable names its process, and it goes on where it was', async () => {
    world = await openWorld();
    const { key } = await ready();
    const pid = world.host();
    process.kill(pid, 'SIGSTOP');
    const refused = await world.agent.refused('inspect_sandbox').finally(() => process.kill(pid, 'SIGCONT'));
    expect(refused).toMatchObject({
      code: 'host-unreachable',
      text: expect.stringContaining(`kill -CONT ${pid}`),
    });
    expect((await world.agent.call('inspect_sandbox')).sandboxes).toMatchObject([{ sandbox: 'one', key }]);
  });

  test('that a dead host left, beside a broken card and a broken journal: the next call works', async () => {
    world = await openWorld();
    await world.agent.call('inspect_sandbox');
    await killHost();
    expect(existsSync(folders().socket)).toBe(true);
    expect((await world.agent.call('inspect_sandbox')).sandboxes).toEqual([]);
    await killHost();
    writeFileSync(folders().card, 'no JSON');
    writeFileSync(folders().journal, '{ "format": 1, "entr');
    expect((await world.agent.call('inspect_sandbox')).sandboxes).toEqual([]);
    expect(readdirSync(folders().state)).toContain('journal.json.broken');
  });
});
