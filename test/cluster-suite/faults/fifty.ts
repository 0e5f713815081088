import { expect, test } from 'vitest';
import { resources } from '../../../src/kube/resources.ts';
import { labels } from '../../../src/sandbox/cluster-names.ts';
import type { Stage } from './stage.ts';

const count = 50;
const names = Array.from({ length: count }, (_, at) => `crowd-${at}`);
/** What a node without room says. */
const noRoom = /^(unschedulable|quota-exceeded)$/;

/** So many at a time, each after another. */
async function some<T>(all: readonly T[], width: number, work: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const next = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: width }, next));
}

export function fifty(stage: () => Stage): void {
  test('50 sandboxes at once for one service: each key reaches its own fork, and all are gone after', async () => {
    const own = stage();
    const begun = await Promise.all(names.map((name) => own.begin(name)));
    const keys = new Map(begun.map(({ name, routingKey }) => [name, routingKey]));
    expect(new Set(keys.values()).size).toBe(count);
    const load = await own.caller.load(own.address, null);
    const settled = await Promise.all(names.map((name) => own.settled(name)));
    for (const { name, state, reason } of settled) {
      if (state !== 'ready') expect([name, reason?.code]).toEqual([name, expect.stringMatching(noRoom)]);
    }
    const ready = settled.filter(({ state }) => state === 'ready').map(({ name }) => name);
    expect(ready.length).toBeGreaterThan(count / 2);
    await some(ready, 4, async (name) => {
      expect(await own.caller.ask(own.address, keys.get(name) ?? '', 2)).toEqual({ [`200 ${name}`]: 2 });
    });
    const signal = AbortSignal.timeout(240_000);
    const removed = await Promise.all(names.map((name) => own.engine.teardown(name, signal)));
    expect(removed.flatMap(({ left }) => left)).toEqual([]);
    expect(Object.keys(await load.stop())).toEqual(['200 baseline']);
    const where = { namespace: own.namespace, labelSelector: labels.sandbox };
    for (const kind of [resources.deployments, resources.replicaSets, resources.pods] as const) {
      expect((await own.kube.list(kind, where, signal)).items).toEqual([]);
    }
    const left = await own.kube.list(resources.sandboxes, { namespace: own.namespace }, signal);
    expect(left.items.map(({ metadata }) => metadata.name).filter((name) => names.includes(name))).toEqual(
      [],
    );
    await some(ready.slice(0, 4), 2, async (name) => {
      expect(await own.caller.ask(own.address, keys.get(name) ?? '', 2)).toEqual({ '503 torn-down': 2 });
    });
    await own.intact();
  }, 400_000);
}
