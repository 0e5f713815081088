import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { accepts } from '../../src/local/ports.ts';
import { processesMarked } from '../../src/local/process-table.ts';
import { baselineSide } from '../../src/sandbox/sandbox.ts';
import { type LocalLab, localLab, never, service } from './lab.ts';
import { behaviourFile, serviceFiles } from './services.ts';

/** A service that answers with its working directory's file `word.txt`; `before` runs first. */
const serverWith = (before: string) => `
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
${before}
const port = Number(process.env.FIXED_PORT ?? process.env.PORT);
createServer((request, response) => response.end(readFileSync('word.txt', 'utf8')))
  .listen(port, '127.0.0.1', () => console.log('listens on ' + port));
`;
const plain = { 'a/server.mjs': serverWith(''), 'word.txt': 'old' };

let lab: LocalLab;
const marked = () => processesMarked(`SEATRIAL_MARK=${lab.guard.mark}:`);
afterEach(async () => {
  const { mark } = lab.guard;
  await lab.close();
  expect(await processesMarked(`SEATRIAL_MARK=${mark}:`)).toEqual([]);
});

describe('a service that', () => {
  test('ignores SIGTERM is killed after stopSeconds, and its port is closed', async () => {
    lab = await localLab(plain, [service('a', { stopSeconds: 1, readySeconds: 5 })]);
    const stubborn = serverWith("process.on('SIGTERM', () => console.log('no'));");
    await lab.ask('a', baselineSide);
    const before = (await marked()).length;
    const fork = await lab.fork('a', { 'a/server.mjs': stubborn });
    expect(await lab.provision('one', [fork])).toMatchObject({ state: 'ready' });
    const { removed, left } = await lab.engine.teardown('one', never);
    expect(left).toEqual([]);
    expect((await marked()).length).toBe(before);
    const port = removed.map((each) => /^port (\d+)/.exec(each)?.[1]).find((each) => each !== undefined);
    expect(await accepts('127.0.0.1', Number(port))).toBe(false);
  });

  test('starts children, in its group and out of it, leaves none of them', async () => {
    lab = await localLab(plain, [service('a')]);
    const parent = serverWith(`
      spawn('sleep', ['1000'], { stdio: 'ignore' });
      spawn('sleep', ['1000'], { stdio: 'ignore', detached: true }).unref();
      spawn('sh', ['-c', 'trap "" TERM; sleep 1000 & wait; sleep 1000'], { stdio: 'ignore', detached: true }).unref();`);
    await lab.ask('a', baselineSide);
    const before = (await marked()).length;
    expect(await lab.provision('one', [await lab.fork('a', { 'a/server.mjs': parent })])).toMatchObject({
      state: 'ready',
    });
    expect((await marked()).length).toBeGreaterThanOrEqual(before + 5);
    expect((await lab.engine.teardown('one', never)).left).toEqual([]);
    expect((await marked()).length).toBe(before);
  });

  test('puts itself into the background has ended, and what it left in the group is ended too', async () => {
    const services = [service('a', { readySeconds: 5 })];
    lab = await localLab(plain, services);
    await lab.ask('a', baselineSide);
    const before = (await marked()).length;
    // The shell ends before the server listens, however quick the machine: after it, the fork would have been ready.
    const command = '{ sleep 1; exec node a/server.mjs; } & sleep 0.1';
    lab.config = { ...lab.config, services: { a: service('a', { command }) } };
    const sandbox = await lab.provision('one', [await lab.fork('a')]);
    expect(sandbox).toMatchObject({ state: 'failed', reason: { code: 'service-exited' } });
    await expect.poll(async () => (await marked()).length).toBe(before);
  });

  test('has a fixed port cannot be forked: port-taken, and what to do', async () => {
    const fixed = service('a', { env: { FIXED_PORT: '19871' }, readySeconds: 3 });
    lab = await localLab(plain, [{ ...fixed, env: {} }]);
    await lab.ask('a', baselineSide);
    lab.config = { ...lab.config, services: { a: fixed } };
    const first = await lab.provision('one', [await lab.fork('a')]);
    expect(first).toMatchObject({ state: 'failed', reason: { code: 'service-not-ready' } });
    expect(first.reason?.message).toContain('It listens on port 19871 instead');
    await lab.engine.teardown('one', never);
    const blocker = createServer().listen(19871, '127.0.0.1');
    await once(blocker, 'listening');
    const second = await lab.provision('two', [await lab.fork('a')]);
    blocker.close();
    expect(second).toMatchObject({ state: 'failed', reason: { code: 'service-exited' } });
    expect(second.forks[0]).toMatchObject({ reason: 'port-taken' });
    expect(second.reason?.next).toContain('PORT');
  });

  test('listens on ::1 alone is found there', async () => {
    lab = await localLab(plain, [service('a')]);
    const six = serverWith('').replace("'127.0.0.1'", "'::1'");
    expect(await lab.provision('one', [await lab.fork('a', { 'a/server.mjs': six })])).toMatchObject({
      state: 'ready',
    });
    expect(await lab.ask('a', 'one')).toBe('old');
  });

  test('has no command that could run, or no folder to run in, fails with a sentence', async () => {
    lab = await localLab(plain, [service('a')]);
    lab.config = { ...lab.config, services: { a: service('a', { command: 'no-such-program' }) } };
    const sandbox = await lab.provision('one', [await lab.fork('a')]);
    expect(sandbox).toMatchObject({ state: 'failed', reason: { code: 'service-exited' } });
    expect(sandbox.forks[0]).toMatchObject({ exit: { exitCode: 127 } });
    lab.config = { ...lab.config, services: { a: service('a', { cwd: 'nowhere' }) } };
    expect(await lab.provision('two', [await lab.fork('a')])).toMatchObject({
      reason: { code: 'invalid-config' },
    });
    lab.config = { ...lab.config, services: { a: service('a', { env: { X: '{{ services.zz.url }}' } }) } };
    expect(await lab.provision('three', [await lab.fork('a')])).toMatchObject({
      reason: { code: 'invalid-config' },
    });
  });

  test('is killed while it serves: its end says by which signal', async () => {
    lab = await localLab(plain, [service('a')]);
    await lab.ask('a', baselineSide);
    const baseline = new Set((await marked()).map(({ pid }) => pid));
    await lab.provision('one', [await lab.fork('a')]);
    const mine = (await marked()).filter(({ pid }) => !baseline.has(pid));
    process.kill(mine.at(-1)?.pid ?? 0, 'SIGKILL');
    const state = async () => (await lab.engine.list(lab.owner, never))[0];
    await expect.poll(state).toMatchObject({ state: 'failed', forks: [{ exit: { signal: 'SIGKILL' } }] });
  });

  test('of the baseline cannot start: the sandbox fails, names it, and a later call tries again', async () => {
    const files = { ...plain, 'b/server.mjs': "console.log('no database'); process.exit(1)" };
    lab = await localLab(files, [service('a'), service('b')]);
    const sandbox = await lab.provision('one', [await lab.fork('a')]);
    expect(sandbox).toMatchObject({ state: 'failed', reason: { code: 'service-exited' } });
    expect(sandbox.reason?.message).toContain('b of the baseline');
    expect(sandbox.reason?.message).toContain('no database');
    await expect(lab.ask('a', baselineSide)).rejects.toThrow('b of the baseline');
  });

  test('of the baseline ends later is started again; receipts stay complete', async () => {
    const mortal = serverWith(
      "const end = () => setTimeout(() => process.exit(5), 50); if (process.env.MORTAL) process.on('SIGUSR2', end);",
    );
    lab = await localLab({ ...plain, 'a/server.mjs': mortal }, [service('a', { env: { MORTAL: '1' } })]);
    expect(await lab.ask('a', baselineSide)).toBe('old');
    const [first] = await marked();
    process.kill(first?.pid ?? 0, 'SIGUSR2');
    await expect
      .poll(async () => (await marked()).some(({ pid }) => pid !== first?.pid), { timeout: 10_000 })
      .toBe(true);
    await expect.poll(async () => await lab.ask('a', baselineSide), { timeout: 10_000 }).toBe('old');
    expect(await lab.engine.receipts({ side: baselineSide }, never)).toMatchObject({ complete: true });
  });
});

describe('a snapshot', () => {
  test('is its side’s own: what a fork writes, neither the baseline nor another fork sees', async () => {
    lab = await localLab(plain, [service('a')]);
    const writer = serverWith("import('node:fs').then((fs) => fs.appendFileSync('word.txt', '+'));");
    const fork = await lab.fork('a', { 'a/server.mjs': writer });
    await lab.provision('one', [fork]);
    await lab.provision('two', [fork]);
    expect(await lab.ask('a', 'one')).toBe('old+');
    expect(await lab.ask('a', 'two')).toBe('old+');
    expect(await lab.ask('a', baselineSide)).toBe('old');
    expect(await readFile(join(lab.scratch.root, 'word.txt'), 'utf8')).toBe('old');
  });

  test('that the disk has no room for: disk-full, and nothing half made', async () => {
    const git = `#!/bin/sh
for word in "$@"; do
  if [ "$word" = checkout-index ] && [ -e "$HOME/full" ]; then
    echo half > half-made; echo "error: unable to write file: No space left on device" >&2; exit 128
  fi
done
PATH="${process.env.PATH}" exec git "$@"
`;
    lab = await localLab(plain, [service('a')], { programs: { git } });
    await lab.ask('a', baselineSide);
    const fork = await lab.fork('a', { 'word.txt': 'new' });
    const folder = join(lab.cache, 'work', (await readdir(join(lab.cache, 'work')))[0] ?? '');
    const before = await readdir(folder);
    lab.scratch.write('../full', '');
    const sandbox = await lab.provision('one', [fork]);
    expect(sandbox).toMatchObject({ state: 'failed', reason: { code: 'disk-full' } });
    expect(sandbox.reason?.next).toContain('SEATRIAL_HOME');
    expect(await readdir(folder)).toEqual(before);
  });
});

test('keys of an earlier host are refused, and its sandboxes are told as gone', async () => {
  const known = {
    name: 'old-one',
    owner: { principal: 'os:test', repository: '/r', workingTree: '/w' },
    key: 'abcdefghij0123456789',
    services: ['a'],
    state: 'live' as const,
    reason: null,
    at: new Date().toISOString(),
  };
  const journal: unknown[] = [];
  lab = await localLab(plain, [service('a')], {
    tombstones: [known],
    journal: async (entry) => void journal.push([entry.state, entry.services, entry.reason?.code ?? null]),
  });
  await lab.ask('a', baselineSide);
  lab.config = { ...lab.config, services: { a: service('a', { env: { OWN: '{{ services.a.url }}' } }) } };
  const asks = serverWith(`
    const own = await fetch(process.env.OWN, { headers: { baggage: 'seatrial=abcdefghij0123456789' } });
    const { writeFileSync } = await import('node:fs');
    writeFileSync('word.txt', own.status + ' ' + own.headers.get('x-seatrial-error'));`);
  await lab.provision('one', [await lab.fork('a', { 'a/server.mjs': asks })]);
  expect(await lab.ask('a', 'one')).toBe('503 host-died');
  const listed = await lab.engine.list(known.owner, never);
  expect(listed).toMatchObject([{ name: 'old-one', state: 'gone', reason: { code: 'host-died' } }]);
  await expect(lab.engine.endpoint('a', { kind: 'sandbox', name: 'old-one' }, never)).rejects.toMatchObject({
    code: 'sandbox-gone',
  });
  await lab.engine.teardown('one', never);
  expect(journal).toEqual([
    ['live', ['a'], null],
    ['gone', ['a'], 'torn-down'],
  ]);
});

test('a key that the journal cannot take is not handed out', async () => {
  lab = await localLab(plain, [service('a')], {
    journal: async () => {
      throw new Error('ENOSPC: no space left');
    },
  });
  await expect(lab.provision('one', [await lab.fork('a')])).rejects.toThrow('ENOSPC');
  expect(await lab.engine.list(null, never)).toEqual([]);
});

test('an update refuses the old fork at once, though that goes on serving and the new one is still being set up', async () => {
  const services = [
    service('front', { env: { SERVICE: 'front', BACK_URL: '{{ services.back.url }}' } }),
    service('back', { env: { SERVICE: 'back' } }),
  ];
  lab = await localLab({ ...serviceFiles('front'), ...serviceFiles('back') }, services);
  const stubborn = "process.on('SIGTERM', () => {}); export default 'v2';";
  const old = await lab.provision('one', [await lab.fork('back', { 'back/behaviour.mjs': stubborn })]);
  await lab.provision('through', [await lab.fork('front', behaviourFile('front', 'v2'))]);
  const slow = services.map((each) => ({ ...each, setup: 'sleep 1' }));
  lab.config = { ...lab.config, services: Object.fromEntries(slow.map((each) => [each.name, each])) };
  await lab.engine.update('one', [await lab.fork('back', behaviourFile('back', 'v3'))], never);
  const { origin } = await lab.engine.endpoint('front', { kind: 'sandbox', name: 'through' }, never);
  const headers = { 'x-relay': `seatrial=${old.routingKey}` };
  expect(await (await fetch(`${origin}/relay`, { headers })).json()).toEqual({
    status: 503,
    error: 'fork-not-ready',
  });
});

test('a fork from an image needs Kubernetes', async () => {
  lab = await localLab(plain, [service('a')]);
  const revision = { kind: 'image', image: 'a:1', digest: null, revision: null } as const;
  await expect(lab.provision('one', [{ service: 'a', revision, env: {} }])).rejects.toMatchObject({
    code: 'needs-kubernetes',
  });
});
