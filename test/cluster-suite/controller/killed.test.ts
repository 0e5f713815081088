import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCluster } from '../support/cluster.ts';
import { type Bench, type Controller, openBench } from './bench.ts';

const cluster = await openCluster();
let bench: Bench;

beforeAll(async () => {
  bench = await openBench(cluster, 'controller-kill');
});
afterAll(async () => {
  await bench.start();
  await bench.close();
});

const reached: Readonly<Record<string, (name: string) => Promise<boolean>>> = {
  'before anything': async () => true,
  'the key is written': async (name) => (await bench.get(name))?.status?.routingKey !== undefined,
  'the fork is made': async (name) =>
    (await bench.objectsOf(name)).some((object) => object.startsWith('Deployment')),
  'the pod is made': async (name) => (await bench.objectsOf(name)).some((object) => object.startsWith('Pod')),
  'it serves': async (name) => (await bench.get(name))?.status?.phase === 'Ready',
};

async function runUntil(holds: () => Promise<boolean>): Promise<void> {
  const controller: Controller = await bench.start();
  await expect.poll(holds, { timeout: 60_000, interval: 5 }).toBe(true);
  await controller.kill();
}

describe('a controller that is killed', () => {
  test.each(Object.entries(reached))(
    'while it provisions, once %s: the next one goes on',
    async (phase, holds) => {
      const name = `p-${phase.replaceAll(' ', '-')}`;
      await bench.create(name);
      await runUntil(() => holds(name));
      const before = await bench.get(name);
      const next = await bench.start();
      const sandbox = await bench.until(name, (now) => now?.status?.phase === 'Ready', 90);
      const key = before?.status?.routingKey;
      if (key !== undefined) expect(sandbox?.status?.routingKey).toBe(key);
      const deployments = (await bench.objectsOf(name)).filter((object) => object.startsWith('Deployment'));
      expect(deployments).toHaveLength(1);
      await bench.remove(name);
      await bench.until(name, (now) => now === null);
      await next.stop();
    },
  );

  test.each([
    ['the tombstone is written', async (_: string, key: string) => key in (await bench.tombstones())],
    ['the status says so', async (name: string) => (await bench.get(name))?.status?.phase === 'Terminating'],
  ])('while it tears down, once %s: the next one ends it', async (phase, holds) => {
    const name = `t-${phase.replaceAll(' ', '-')}`;
    await bench.create(name);
    const first = await bench.start();
    const sandbox = await bench.until(name, (now) => now?.status?.phase === 'Ready', 90);
    const key = sandbox?.status?.routingKey ?? '';
    await first.kill();
    await bench.remove(name);
    await runUntil(async () => (await bench.get(name)) === null || (await holds(name, key)));
    const next = await bench.start();
    await bench.until(name, (now) => now === null, 90);
    expect(await bench.objectsOf(name)).toEqual([]);
    expect(Object.keys(await bench.tombstones())).toContain(key);
    await next.stop();
  });

  test('is followed by the other replica, and two never lead at once', async () => {
    const one = await bench.start();
    await expect.poll(() => one.leads(), { timeout: 30_000 }).toBe(true);
    const two = await bench.start();
    await bench.create('followed');
    await bench.until('followed', (now) => now?.status?.routingKey !== undefined);
    expect(await two.leads()).toBe(false);
    await one.kill();
    await bench.until('followed', (now) => now?.status?.phase === 'Ready', 90);
    await expect.poll(() => two.leads(), { timeout: 30_000 }).toBe(true);
    await bench.remove('followed');
    await bench.until('followed', (now) => now === null);
    await two.stop();
  });
});
