import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Agent, Data } from './agent.ts';
import { serviceOf } from './processes.ts';
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

const requests = [1, 2, 3].map((at) => ({
  id: `slow-${at}`,
  service: 'price',
  method: 'GET',
  path: '/slow',
}));

/** A run of some seconds on a sandbox of its own, as far as its first request to the fork. */
async function running(name: string, agent: Agent = world.agent): Promise<string> {
  world.edit('price/server.mjs', '1250', '1400');
  expect(await agent.done('provision_sandbox', { name })).toMatchObject({ state: 'ready' });
  const { run } = await agent.call('smart_diff', { sandbox: name, requests, wait_seconds: 0 });
  await until('the pass through the fork', async () =>
    /Pass 2/.test((await agent.call('smart_diff', { run, wait_seconds: 0 })).text),
  );
  return run;
}

const codes = ({ reasons }: Data) => reasons.map(({ code }) => code);

test('an edit during a run: inconclusive, stale-fork names the file', async () => {
  const run = await running('edited');
  world.edit('price/server.mjs', '1400', '1500');
  const data = await world.agent.done('smart_diff', { run });
  expect(data.verdict).toBe('inconclusive');
  expect(codes(data)).toContain('stale-fork');
  expect(data.text).toContain('price/server.mjs');
  expect(data.text).toMatch(/Next: .*provision/);
});

test('a fork that ends during a run: failed, fork-crashed, and the sandbox says so', async () => {
  const run = await running('crashed');
  process.kill(serviceOf(world.scratch.folder, 'price', 'crashed'), 'SIGKILL');
  const data = await world.agent.done('smart_diff', { run });
  expect(data.verdict, data.text).toBe('failed');
  expect(codes(data)).toContain('fork-crashed');
  const { sandboxes } = await world.agent.call('inspect_sandbox', { sandbox: 'crashed' });
  expect(sandboxes).toMatchObject([{ state: 'failed', reason: { code: 'fork-exited' } }]);
});

test('a fork that restarts during a run: inconclusive, whoever asked for it', async () => {
  const run = await running('restarted');
  const changes = [{ service: 'price', env: { WORD: 'new' } }];
  expect(await world.agent.done('provision_sandbox', { sandbox: 'restarted', changes })).toMatchObject({
    state: 'ready',
    generation: 2,
  });
  const data = await world.agent.done('smart_diff', { run });
  expect(data.verdict).toBe('inconclusive');
  expect(codes(data)).toContain('fork-restarted');
});

test('teardown during a run: it ends soon, inconclusive with sandbox-gone, and is kept', async () => {
  const run = await running('torn');
  expect(await world.agent.call('teardown', { sandbox: 'torn' })).toMatchObject({ left: [] });
  const other = await world.connect();
  const data = await other.done('smart_diff', { run });
  expect(data.verdict).toBe('inconclusive');
  expect(codes(data)).toContain('sandbox-gone');
  expect(data.text).toMatch(/Next: .*provision/);
  await other.close();
});

test('the baseline’s processes are killed during a run: the change is not blamed, and the next run passes', async () => {
  const run = await running('bereft');
  for (const service of ['shop', 'price']) {
    process.kill(serviceOf(world.scratch.folder, service, null), 'SIGKILL');
  }
  const data = await world.agent.done('smart_diff', { run });
  expect(data.verdict, data.text).not.toBe('failed');
  await until('the baseline to serve again', async () => {
    const again = await world.agent.done('smart_diff', { sandbox: 'bereft', requests: requests.slice(0, 1) });
    return again.verdict === 'passed';
  });
});

test('two agents start the same run at once: it runs once, and both get the result', async () => {
  world.edit('price/server.mjs', '1250', '1400');
  await world.agent.done('provision_sandbox', { name: 'twice' });
  const other = await world.connect();
  const args = { sandbox: 'twice', requests };
  const [one, two] = await Promise.all([
    world.agent.done('smart_diff', args),
    other.done('smart_diff', args),
  ]);
  expect(one.run).toBe(two.run);
  expect([one.verdict, two.verdict]).toEqual(['passed', 'passed']);
  await other.close();
});
