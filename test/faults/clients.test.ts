import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { outcome, start } from '../support/binary.ts';
import { clearError } from './agent.ts';
import { alive } from './processes.ts';
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
const change = () => world.edit('price/server.mjs', 'cents: 1250', 'cents: 1400');
const slowStart = () =>
  world.edit(
    'price/server.mjs',
    'createServer((',
    'await new Promise((r) => setTimeout(r, 1500)); createServer((',
  );
const known = (name: string) =>
  until(`sandbox ${name}`, async () =>
    (await world.agent.call('inspect_sandbox')).sandboxes.some(({ sandbox }) => sandbox === name),
  );
const runsOf = async (name: string) =>
  (await world.agent.call('inspect_sandbox', { sandbox: name, runs: true })).sandboxes[0]?.runs ?? [];

describe('a client that disappears', () => {
  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'while it provisions (%s): the work goes on, and the next client has the sandbox',
    async (signal) => {
      slowStart();
      const doomed = await world.connect();
      const waiting = doomed.call('provision_sandbox', { name: 'orphan' }).catch((error: unknown) => error);
      await known('orphan');
      process.kill(doomed.pid, signal);
      expect(await waiting).toBeInstanceOf(Error);
      await until('the end of the server', () => !alive(doomed.pid));
      expect(await world.agent.done('provision_sandbox', { sandbox: 'orphan' })).toMatchObject({
        state: 'ready',
        generation: 1,
      });
    },
  );

  test('while it runs: the run goes on, and the next client that asks the same gets its result', async () => {
    change();
    await world.agent.done('provision_sandbox', { name: 'left' });
    const doomed = await world.connect();
    const args = { sandbox: 'left', requests };
    const waiting = doomed.call('smart_diff', args).catch((error: unknown) => error);
    const [{ run } = { run: '' }] = await until('the run', async () => {
      const runs = await runsOf('left');
      return runs.length > 0 ? runs : null;
    });
    process.kill(doomed.pid, 'SIGKILL');
    expect(await waiting).toBeInstanceOf(Error);
    const data = await world.agent.done('smart_diff', args);
    expect(data).toMatchObject({ run, verdict: 'passed' });
  });

  test('while it tears down: the teardown goes on', async () => {
    world.edit('price/server.mjs', 'process.exit(0)', "console.log('no')");
    await world.agent.done('provision_sandbox', { name: 'ending' });
    const doomed = await world.connect();
    const waiting = doomed.call('teardown', { sandbox: 'ending' }).catch((error: unknown) => error);
    await until('its beginning', async () =>
      (await world.agent.call('inspect_sandbox')).sandboxes.every(
        ({ sandbox, state }) => sandbox !== 'ending' || state !== 'ready',
      ),
    );
    process.kill(doomed.pid, 'SIGKILL');
    await waiting;
    await world.settled();
    expect(await world.agent.refused('inspect_sandbox', { sandbox: 'ending' })).toMatchObject({
      code: 'sandbox-gone',
    });
  });

  test('between two calls: nothing of it was lost', async () => {
    change();
    const doomed = await world.connect();
    const { key } = await doomed.done('provision_sandbox', { name: 'between' });
    const { run } = await doomed.done('smart_diff', { sandbox: 'between', requests: requests.slice(0, 1) });
    process.kill(doomed.pid, 'SIGKILL');
    expect(await world.agent.call('provision_sandbox', { sandbox: 'between' })).toMatchObject({ key });
    expect(await world.agent.call('smart_diff', { run })).toMatchObject({ verdict: 'passed' });
  });
});

test('a call that the client cancels: the wait ends, the work goes on', async () => {
  slowStart();
  const stop = new AbortController();
  const args = { name: 'provision_sandbox', arguments: { name: 'cancelled' } };
  const waiting = world.agent.client.callTool(args, { signal: stop.signal }).catch((error: unknown) => error);
  await known('cancelled');
  stop.abort();
  await waiting;
  expect(await world.agent.done('provision_sandbox', { sandbox: 'cancelled' })).toMatchObject({
    state: 'ready',
    generation: 1,
  });
});

test('stdin closed in the middle of a call: the server ends with 0, the work goes on', async () => {
  slowStart();
  const child = start(['mcp'], world.place);
  const ended = outcome(child);
  const send = (message: object) => child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const clientInfo = { name: 'x', version: '1' };
  send({
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo },
  });
  send({ method: 'notifications/initialized' });
  send({ id: 2, method: 'tools/call', params: { name: 'provision_sandbox', arguments: { name: 'closed' } } });
  await known('closed');
  child.stdin?.end();
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
  expect(await world.agent.done('provision_sandbox', { sandbox: 'closed' })).toMatchObject({
    state: 'ready',
  });
});

test('a command that is interrupted (Ctrl-C): one clear error, the work goes on', async () => {
  slowStart();
  const child = start(['provision', '--name', 'interrupted'], world.place);
  child.stdin?.end();
  const ended = outcome(child);
  await known('interrupted');
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  expect([code, clearError(stderr).code]).toEqual([4, 'cancelled']);
  expect(await world.agent.done('provision_sandbox', { sandbox: 'interrupted' })).toMatchObject({
    state: 'ready',
  });
});

test('a command whose output nobody reads ends, without a stack', async () => {
  const child = start(['inspect', '--json'], world.place);
  child.stdin?.end();
  child.stdout?.destroy();
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  await once(child, 'close');
  expect(stderr).toBe('');
});
