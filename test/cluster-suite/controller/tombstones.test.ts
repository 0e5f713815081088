import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ConfigMap } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { openCluster } from '../support/cluster.ts';
import { type Bench, openBench } from './bench.ts';

const cluster = await openCluster();
const signal = AbortSignal.timeout(300_000);
let bench: Bench;

beforeAll(async () => {
  bench = await openBench(cluster, 'tombstones');
  await bench.start();
});
afterAll(async () => bench.close());

const name = 'seatrial-tombstones';
const readyOf = (at: { readonly status?: { readonly phase?: string } } | null) =>
  at?.status?.phase === 'Ready';

/** Keys that were taken back just now, up to what a ConfigMap holds: the bytes of its values count. */
function full(there: number): Record<string, string> {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const entryOf = (bytes: number) => {
    const entry = (sandbox: string) => JSON.stringify({ sandbox, services: [], reason: 'torn-down', until });
    return entry('x'.repeat(bytes - entry('').length));
  };
  const room = 1024 * 1024 - there - 20;
  const each = 16 * 1024;
  const count = Math.floor(room / each);
  const sizes = [...Array.from({ length: count - 1 }, () => each), room - each * (count - 1)];
  return Object.fromEntries(
    sizes.map((bytes, at) => [`full${String(at).padStart(16, '0')}`, entryOf(bytes)]),
  );
}

test('a list of tombstones that is full: the Sandbox stays, by which its key is refused, says so, and goes once there is room', async () => {
  await bench.create('first');
  await bench.until('first', readyOf);
  await bench.remove('first');
  await bench.until('first', (now) => now === null);
  const ref = { resource: resources.configMaps, namespace: bench.namespace, name };
  const set = (data: Readonly<Record<string, string | null>>) =>
    bench.kube.patch<ConfigMap>(ref, { kind: 'merge', body: { data } }, signal);
  const there = Object.values(await bench.tombstones()).reduce((sum, { length }) => sum + length, 0);
  const filled = full(there);
  await set(filled);
  await bench.create('last');
  const key = (await bench.until('last', readyOf))?.status?.routingKey ?? '';
  await bench.remove('last');
  const told = await bench.until('last', (now) =>
    Boolean(now?.status?.conditions?.some(({ message = '' }) => message.includes('is full'))),
  );
  expect(told?.metadata.deletionTimestamp).toBeDefined();
  expect(told?.metadata.finalizers).toEqual(['seatrial.dev/teardown']);
  expect((await bench.objectsOf('last')).some((object) => object.startsWith('Deployment '))).toBe(true);
  expect(await bench.tombstones()).not.toHaveProperty([key]);
  await set(Object.fromEntries(Object.keys(filled).map((one) => [one, null])));
  await bench.until('last', (now) => now === null);
  expect(JSON.parse((await bench.tombstones())[key] ?? '{}')).toMatchObject({ reason: 'torn-down' });
  expect(await bench.objectsOf('last')).toEqual([]);
});
