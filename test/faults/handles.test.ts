import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { clearError } from './agent.ts';
import { openWorld, until, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.witness();
});
afterEach(async () => {
  await world.reset();
  await world.holds();
  await world.settled();
});
afterAll(() => world.end());

const requests = [{ id: 'mug', service: 'price', method: 'GET', path: '/mug' }];
const slowStart = () =>
  world.edit(
    'price/server.mjs',
    'createServer((',
    'await new Promise((r) => setTimeout(r, 1500)); createServer((',
  );

/** Every call that names a sandbox. */
const callsOn = (sandbox: string): [string, object][] => [
  ['provision_sandbox', { sandbox }],
  ['inspect_sandbox', { sandbox }],
  ['run_plan', { plan: 'cart', sandbox }],
  ['smart_diff', { requests, sandbox }],
  ['teardown', { sandbox }],
];

test('an unknown sandbox: unknown-sandbox from every tool, and the names of those that are mine', async () => {
  for (const [tool, args] of callsOn('nowhere')) {
    const { code, text } = await world.agent.refused(tool, args);
    expect([tool, code]).toEqual([tool, 'unknown-sandbox']);
    expect(text).toContain('witness');
  }
  const { code, stderr } = await world.cli(['teardown', 'nowhere']);
  expect([code, clearError(stderr).code]).toEqual([4, 'unknown-sandbox']);
});

test('an unknown plan: unknown-plan, with the near one', async () => {
  const { code, text } = await world.agent.refused('run_plan', { plan: 'crat', sandbox: 'witness' });
  expect(code).toBe('unknown-plan');
  expect(text).toContain('cart');
  expect(await world.agent.refused('smart_diff', { plan: 'crat', sandbox: 'witness' })).toMatchObject({
    code,
  });
});

test('an unknown run: unknown-run, of whatever form', async () => {
  for (const run of ['r-aaaaaaaaaaaa', 'r-', '..', 'x'.repeat(100)]) {
    expect(await world.agent.refused('run_plan', { run })).toMatchObject({ code: 'unknown-run' });
    expect(await world.agent.refused('smart_diff', { run })).toMatchObject({ code: 'unknown-run' });
  }
});

test('another owner’s sandbox: not-owner from every tool, and it goes on; its runs are unknown', async () => {
  const second = join(world.scratch.folder, 'second');
  world.scratch.git('worktree', 'add', '--quiet', '-b', 'other', second);
  const other = await world.connect(second);
  for (const [tool, args] of callsOn('witness')) {
    expect([tool, await other.refused(tool, args)]).toMatchObject([tool, { code: 'not-owner' }]);
  }
  expect(
    await other.refused('provision_sandbox', { name: 'witness', changes: [{ service: 'price' }] }),
  ).toMatchObject({
    code: 'not-owner',
  });
  const { run } = await world.agent.done('smart_diff', { sandbox: 'witness', requests });
  expect(await other.refused('smart_diff', { run })).toMatchObject({ code: 'unknown-run' });
  expect(await other.call('teardown', { all: true })).toMatchObject({ sandboxes: [] });
  expect((await other.call('inspect_sandbox')).sandboxes).toEqual([]);
  await other.close();
  world.scratch.git('worktree', 'remove', '--force', second);
});

test('the working tree is removed while its sandbox lives: the others go on, and its lease ends it', async () => {
  const second = join(world.scratch.folder, 'doomed');
  world.scratch.git('worktree', 'add', '--quiet', '-b', 'doomed', second);
  const other = await world.connect(second);
  const file = join(second, 'price/server.mjs');
  writeFileSync(file, readFileSync(file, 'utf8').replace('1250', '1500'));
  expect(await other.done('provision_sandbox', { name: 'doomed', lease: '4s' })).toMatchObject({
    sandbox: 'doomed',
  });
  rmSync(second, { recursive: true });
  for (const [tool, args] of callsOn('doomed')) {
    expect([tool, await other.refused(tool, args)]).toMatchObject([tool, { code: 'not-a-repository' }]);
  }
  await other.close();
  await world.settled();
  world.scratch.git('worktree', 'prune');
});

test('a name that is too long, or no label: invalid-argument says what is allowed', async () => {
  for (const name of ['x'.repeat(41), 'x'.repeat(5000), 'Upper', 'a_b', '-a', 'a\nb', '']) {
    const { code, text } = await world.agent.refused('provision_sandbox', { name });
    expect([name, code]).toEqual([name, 'invalid-argument']);
    expect(text.length).toBeLessThan(1000);
  }
  const { code } = await world.agent.refused('provision_sandbox', {
    name: 'baseline',
    changes: [{ service: 'price' }],
  });
  expect(code).toBe('invalid-argument');
  const longest = { name: 'x'.repeat(40), changes: [{ service: 'price' }] };
  const { urls, state } = await world.agent.done('provision_sandbox', longest);
  expect(state).toBe('ready');
  expect((await fetch(`${urls.price}/mug`)).status).toBe(200);
});

test('wait_seconds 0 returns at once, and a run while it is provisioning is refused with the call that waits', async () => {
  slowStart();
  const begun = await world.agent.call('provision_sandbox', { name: 'slow', wait_seconds: 0 });
  expect(begun).toMatchObject({ state: 'provisioning', urls: {} });
  expect(begun.text).toContain('provision_sandbox');
  for (const [tool, args] of callsOn('slow').filter(([tool]) => /run_plan|smart_diff/.test(tool))) {
    const { code, text } = await world.agent.refused(tool, args);
    expect(code).toBe('sandbox-not-ready');
    expect(text).toMatch(/Next: .*provision_sandbox/);
  }
  expect(await world.agent.done('provision_sandbox', { sandbox: 'slow' })).toMatchObject({ state: 'ready' });
  const run = await world.agent.call('run_plan', { plan: 'sku', sandbox: 'slow', wait_seconds: 0 });
  expect(run.state).toMatch(/running|done/);
  expect(await world.agent.done('run_plan', { run: run.run })).toMatchObject({ verdict: 'passed' });
});

test('two agents update one sandbox at once: both are answered, and one of the two changes is in it', async () => {
  const other = await world.connect();
  const update = (word: string) => ({ changes: [{ service: 'price', env: { WORD: word } }] });
  world.edit('price/server.mjs', 'sku: request', 'word: process.env.WORD, sku: request');
  await world.agent.done('provision_sandbox', { name: 'both', ...update('first') });
  const [mine, theirs] = await Promise.all([
    world.agent.done('provision_sandbox', { sandbox: 'both', ...update('mine') }),
    other.done('provision_sandbox', { sandbox: 'both', ...update('theirs') }),
  ]);
  expect(mine.key).toBe(theirs.key);
  const now = await world.agent.done('provision_sandbox', { sandbox: 'both' });
  expect(now).toMatchObject({ state: 'ready', generation: 3 });
  const answer = await (await fetch(`${now.urls.price}/mug`)).json();
  expect(['mine', 'theirs']).toContain((answer as { word: string }).word);
  await other.close();
});

test('a lease that ended: sandbox-gone with the reason, and provisioning again makes a new one', async () => {
  const args = { name: 'short', lease: 1, changes: [{ service: 'price' }] };
  const { key } = await world.agent.call('provision_sandbox', { ...args, wait_seconds: 0 });
  await until('the end of the lease', async () =>
    (await world.agent.call('inspect_sandbox')).sandboxes.every(({ sandbox }) => sandbox !== 'short'),
  );
  for (const [tool, call] of callsOn('short').slice(0, 4)) {
    expect([tool, await world.agent.refused(tool, call)]).toMatchObject([tool, { code: 'sandbox-gone' }]);
  }
  expect(await world.agent.call('teardown', { sandbox: 'short' })).toMatchObject({ removed: [], left: [] });
  expect((await world.agent.done('provision_sandbox', { ...args, lease: 60 })).key).not.toBe(key);
});

test('more sandboxes than maxSandboxes: too-many-sandboxes names them', async () => {
  world.edit('seatrial.yaml', '\nservices:', '\nmaxSandboxes: 1\nservices:');
  const { code, text } = await world.agent.refused('provision_sandbox', { changes: [{ service: 'price' }] });
  expect(code).toBe('too-many-sandboxes');
  expect(text).toContain('witness');
});

describe('a request to a host that is no service', () => {
  test('is refused by the tools with the services that there are', async () => {
    for (const service of ['nowhere', 'price.evil.example', '127.0.0.1:22', '__proto__', 'constructor']) {
      const args = { sandbox: 'witness', requests: [{ ...requests[0], service }] };
      const { code, text } = await world.agent.refused('smart_diff', args);
      expect(['unknown-service', 'invalid-request']).toContain(code);
      expect(text).toContain('price');
      const changes = [{ service }];
      expect(await world.agent.refused('provision_sandbox', { changes })).toMatchObject({
        code: 'unknown-service',
      });
    }
  });

  test('is refused by the gateway, and so is one that wants a proxy', async () => {
    const { urls } = await world.witness();
    const { port } = new URL(urls.price ?? '');
    const ask = (host: string, path: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port, path, headers: { host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        sent.on('error', reject);
        sent.end();
      });
    expect(await ask('evil.example', '/mug')).toBe(421);
    expect(await ask(`price.other.localhost:${port}`, '/mug')).toBe(421);
    expect(await ask(`127.0.0.1:${port}`, 'http://example.com/')).toBe(400);
    expect(await ask(`price.witness.localhost:${port}`, '/mug')).toBe(200);
  });

  test.each(['http://example.com/', '//example.com/', '@example.com', 'mug', '/a b', '/\r\nX: y'])(
    'smart_diff sends nothing to the path %j that could leave the service',
    async (path) => {
      const args = { sandbox: 'witness', requests: [{ ...requests[0], path }] };
      const result = await world.agent.client.callTool({ name: 'smart_diff', arguments: args });
      if (path === '//example.com/') {
        // A path like any other (RFC 9112, section 3.2.1): it goes to the service.
        expect(result.isError ?? false).toBe(false);
        return;
      }
      const [first] = result.content as { text: string }[];
      expect(['invalid-argument', 'invalid-request']).toContain(clearError(first?.text ?? '').code);
    },
  );
});

test('arguments that are no arguments: invalid-argument, and the server goes on', async () => {
  for (const args of [{ sandbox: 7 }, { sandbox: null }, { sandbox: ['a'] }, { sandbox: 'a', all: 'yes' }]) {
    expect(await world.agent.refused('teardown', args)).toMatchObject({ code: 'invalid-argument' });
  }
  mkdirSync(join(world.scratch.root, 'empty'));
  const { code, stderr } = await world.cli(['teardown'], join(world.scratch.root, 'empty'));
  expect([code, clearError(stderr).code]).toEqual([2, 'invalid-argument']);
});
