import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectHost } from '../../src/host/client.ts';
import { call, processesOf, type Scratch, scratch, until } from './support.ts';

let place: Scratch;
beforeAll(() => {
  place = scratch({ SEATRIAL_HOST_IDLE_SECONDS: '3' });
});
afterAll(() => {
  for (const { pid } of processesOf(place.root)) process.kill(pid, 'SIGKILL');
  place.remove();
});

const main = new URL('bare-host.ts', import.meta.url).pathname;
const ask = (service: string, tail = 0) => ({ workingTree: place.repo, sandbox: null, service, tail });

async function connect(extra: Record<string, string> = {}, workingTree = place.repo) {
  return await connectHost({
    workingTree,
    env: { ...place.env, TEST_HOSTS: join(place.root, 'hosts'), ...extra },
    entry: { execPath: process.execPath, main },
    version: '1.0.0',
    signal: new AbortController().signal,
  });
}

test('a client that disappears ends its wait and harms nothing', async () => {
  const client = await connect();
  for (const after of [0, 1, 30, 60, 150]) {
    const going = new AbortController();
    const lost = client.logs(ask('wait', 1000), call([], going.signal)).catch((error: Error) => error.name);
    await sleep(after);
    going.abort();
    expect(await lost).toBe('AbortError');
  }
  await until('the waits to end', async () => (await client.logs(ask('count'), call())).lines[0] === '0');
  expect(readdirSync(join(place.root, 'hosts'))).toHaveLength(1);
});

test('progress comes while the call runs and always rises', async () => {
  const client = await connect();
  const seen: { message: string; done: number }[] = [];
  await client.logs(ask('wait', 4), call(seen));
  expect(seen.map(({ message }) => message)).toEqual(['step 0', 'step 1', 'step 2', 'step 3']);
  expect(seen.map(({ done }) => done)).toEqual([1, 2, 3, 4]);
});

test('errors cross as they are, and a defect keeps its stack in the log', async () => {
  const client = await connect();
  await expect(client.logs(ask('refuse'), call())).rejects.toMatchObject({
    code: 'unknown-service',
    text: { what: 'No such.', next: 'Look.' },
  });
  await expect(client.logs(ask('defect'), call())).rejects.toMatchObject({
    code: 'internal',
    message: 'Seatrial failed: a defect',
  });
});

test('arguments are checked at the edge, in form and in size', async () => {
  const client = await connect();
  const bad = { workingTree: 'relative', sandbox: null, service: 'x', tail: 1 };
  await expect(client.logs(bad, call())).rejects.toMatchObject({
    code: 'invalid-argument',
    message: expect.stringContaining('workingTree'),
  });
  const huge = { ...ask('pid'), extra: 'x'.repeat(9_000_000) };
  await expect(client.logs(huge, call())).rejects.toMatchObject({ code: 'invalid-argument' });
});

test('secrets and settings are those of who calls, not of who started the host', async () => {
  const first = await connect({ TEST_SECRET: 'one' });
  const second = await connect({ TEST_SECRET: 'two' });
  expect((await first.logs(ask('env'), call())).lines).toEqual(['one']);
  expect((await second.logs(ask('env'), call())).lines).toEqual(['two']);
});

test('outside of a repository the call says so', async () => {
  await expect(connect({}, place.root)).rejects.toMatchObject({ code: 'not-a-repository' });
});
