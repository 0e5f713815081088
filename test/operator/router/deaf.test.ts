import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { RouterRoutes } from '../../../src/operator/agent-api.ts';
import { get } from '../../routing/support.ts';
import { keyA, keyB, sandbox } from './objects.ts';
import { errorOf, one, pod, routed, type Stage, serving, stageWith, until } from './stage.ts';

/** A real HAProxy and a real agent whose link to the API dies without a word. */
const hearing = { everyMs: 100, answerWithinMs: 300, refusesAfterMs: 1500 };
const reserved = 'base-000000000000000';
const two = sandbox('pr-2', keyB, ['pricing']);

async function routing(): Promise<Stage> {
  const stage = await stageWith({ hearing }, one, pod(await serving('fork')));
  await stage.fork('pr-1', routed);
  return stage;
}

test('a router that hears nothing of the API refuses keys before it can mislead those it never heard of', async () => {
  const { api, request, ask } = await routing();
  api.deafen();
  // As the controller would, while another router of the namespace has it.
  api.put(two);
  await sleep(hearing.refusesAfterMs + 2000);
  for (const key of [keyB, keyA]) expect(errorOf(await request(key))).toEqual([503, 'router-not-loaded']);
  expect((await request(reserved)).body).toBe('baseline');
  expect((await request(null)).body).toBe('baseline');
  // Callers without key are not to lose it: it stays among the ready ones, and tells.
  expect(await ask('/readyz')).toMatchObject({
    status: 200,
    body: { ready: true, trouble: expect.stringMatching(/^has not heard the API server for/) },
  });
});

test('its receipts are incomplete while it hears nothing, and of another epoch after it', async () => {
  const { api, request, receipt } = await routing();
  await request(keyA, '12345678');
  const before = await receipt(keyA);
  expect(before).toMatchObject({ complete: true });
  api.deafen();
  await until(async () => !(await receipt(keyA)).complete);
  expect((await receipt(keyA)).incompleteReason).toMatch(/has not heard the API server/);
  expect((await receipt(keyA)).counts).toEqual(before.counts);
  api.hear();
  await until(async () => (await receipt(keyA)).complete);
  expect((await receipt(keyA)).epoch).not.toBe(before.epoch);
});

test('once it is answered again it learns what it missed though its watches stay dead, and serves', async () => {
  const { api, request, routes, ask } = await routing();
  const { body } = await ask('/v1/routes');
  expect(body).toMatchObject({ loaded: true, trouble: null, forks: [] });
  const { version } = body as RouterRoutes;
  api.deafen();
  api.put(two);
  await until(async () => (await request(keyA)).status === 503);
  expect((await routes('pr-1')).trouble).toMatch(/has not heard the API server/);
  // Who asks for no sandbox hears it at once, and not when its wait is over.
  const told = await ask(`/v1/routes?after=${version}&wait=60000`);
  expect(told.body).toMatchObject({ trouble: expect.stringMatching(/has not heard the API server/) });
  api.hear();
  await until(async () => (await request(keyA)).status === 200);
  expect(errorOf(await request(keyB))).toEqual([503, 'fork-not-ready']);
  expect((await routes('pr-1')).trouble).toBeNull();
});

test('a pause of the API that is shorter than the bound changes nothing', async () => {
  const { api, request, receipt } = await routing();
  const { epoch } = await receipt(keyA);
  api.deafen();
  await sleep(700);
  expect((await request(keyA)).body).toBe('fork');
  api.hear();
  await sleep(hearing.refusesAfterMs + 1000);
  expect((await request(keyA)).body).toBe('fork');
  expect(await receipt(keyA)).toMatchObject({ complete: true, epoch });
});

test('one that starts deaf never answers that it is ready', async () => {
  const { api, ask, stopAgent, startAgent, pricing } = await routing();
  await stopAgent();
  api.deafen();
  startAgent();
  await until(async () => (await ask('/readyz').catch(() => null)) !== null);
  expect((await ask('/readyz')).status).toBe(503);
  expect((await get(pricing)).body).toBe('baseline');
});
