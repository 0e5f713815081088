import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startInformer } from '../../../src/kube/informer.ts';
import { resources } from '../../../src/kube/resources.ts';
import { Hearing, receiptHeard } from '../../../src/operator/router/hearing.ts';
import type { SandboxResource } from '../../../src/sandbox/resource.ts';
import { memoryKube } from '../memory-kube.ts';
import { keyA, keyB, sandbox } from './objects.ts';

const times = { everyMs: 20, answerWithinMs: 200, refusesAfterMs: 600 };

async function hearing() {
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const api = memoryKube(sandbox('pr-1', keyA, ['pricing']));
  const options = { namespace: 'shop' };
  const informer = startInformer<SandboxResource>(api.kube, resources.sandboxes, options, end.signal);
  const turns: boolean[] = [];
  const followed = [{ resource: resources.sandboxes, options, informer }];
  const found: Hearing = new Hearing(api.kube, followed, () => turns.push(found.deaf), times);
  await informer.synced;
  return { api, informer, found, turns, run: () => void found.run(end.signal) };
}

const soon = { timeout: 10_000, interval: 5 };

test('hears as long as lists are answered, whatever watches say', async () => {
  const { found, turns, run } = await hearing();
  run();
  await sleep(times.refusesAfterMs * 2);
  expect([found.deaf, found.timesDeaf, turns]).toEqual([false, 0, []]);
});

test('is deaf once nothing was answered for its time, and tells; and again when it hears', async () => {
  const { api, found, turns, run } = await hearing();
  run();
  api.deafen();
  await expect.poll(() => turns, soon).toEqual([true]);
  expect([found.deaf, found.timesDeaf]).toEqual([true, 0]);
  api.hear();
  await expect.poll(() => turns, soon).toEqual([true, false]);
  expect([found.deaf, found.timesDeaf]).toEqual([false, 1]);
});

test('tells that it hears again where nobody noticed that it did not, as after a pause of the process', async () => {
  const { found, turns, run } = await hearing();
  await sleep(times.refusesAfterMs + 50);
  expect(found.deaf).toBe(true);
  run();
  await expect.poll(() => turns, soon).toEqual([false]);
  expect(found.timesDeaf).toBe(1);
});

test('a list that names what no watch brought proves nothing, and has the watch begun anew', async () => {
  const { api, informer, found, run } = await hearing();
  api.deafen();
  api.put(sandbox('pr-2', keyB, ['pricing']));
  api.put(sandbox('pr-1', keyA, ['pricing', 'tax']));
  api.hear();
  expect(informer.list()).toHaveLength(1);
  run();
  await sleep(times.refusesAfterMs + 100);
  expect(found.deaf).toBe(true);
  await expect.poll(() => found.deaf, soon).toBe(false);
  const services = informer.list().map(({ spec }) => spec.forks.map(({ service }) => service).join(' '));
  expect(services.sort()).toEqual(['pricing', 'pricing tax']);
});

test('receipts are incomplete meanwhile, and of another epoch after each time', () => {
  const receipt = { complete: true, incompleteReason: null, epoch: 'e', counts: [], hops: [] };
  expect(receiptHeard(receipt, { deaf: false, timesDeaf: 0 })).toEqual(receipt);
  expect(receiptHeard(receipt, { deaf: true, timesDeaf: 0 })).toMatchObject({ complete: false, epoch: 'e' });
  expect(receiptHeard(receipt, { deaf: false, timesDeaf: 2 })).toEqual({ ...receipt, epoch: 'e.2' });
});
