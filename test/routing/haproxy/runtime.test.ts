import { expect, test } from 'vitest';
import { mapEntries, type PortEntry } from '../../../src/routing/haproxy/entries.ts';
import { type EntryChange, openRuntime, tableChanges } from '../../../src/routing/haproxy/runtime.ts';
import { startHaproxy } from '../haproxy-process.ts';

/** Some thousand entries: more than HAProxy takes in one command. */
function many(count: number, host: string): Map<string, string> {
  const port: PortEntry = {
    service: 'pricing',
    routerPort: 20_000,
    protocol: 'http',
    baseline: { host: '10.0.0.1', port: 80 },
    close: false,
  };
  const forks = Array.from({ length: count }, (_, at) => ({
    kind: 'fork' as const,
    service: 'pricing',
    key: `k${String(at).padStart(19, '0')}`,
    sandbox: `pr-${at}`,
    instance: `5b1f2c3d-0000-4000-8000-00000000${at}/0`,
    addresses: new Map([[20_000, { host, port: 8080 }]]),
  }));
  return mapEntries({ ports: [port], forks, tombstones: [] });
}

const sorted = (entries: ReadonlyMap<string, string>) => [...entries].sort();

test('a table is loaded whole, in more than one command, and replaces the one before', async () => {
  const { runtime } = await startHaproxy();
  for (const count of [2500, 3, 0, 2500]) {
    const entries = many(count, '10.0.0.2');
    await runtime.load(entries);
    expect(sorted(await runtime.show())).toEqual(sorted(entries));
  }
});

test('entries are added, set and deleted one by one, many and few', async () => {
  const { runtime } = await startHaproxy();
  const epoch = await runtime.epoch();
  let held: ReadonlyMap<string, string> = new Map();
  for (const next of [
    many(1, 'a'),
    many(900, 'a'),
    many(900, 'b'),
    many(899, 'b'),
    many(2, 'c'),
    new Map(),
  ]) {
    expect(await runtime.change(tableChanges(held, next), epoch)).toBe(true);
    expect(sorted(await runtime.show())).toEqual(sorted(next));
    held = next;
  }
});

test('what HAProxy does not take is an error', async () => {
  const { runtime, stop, folder } = await startHaproxy();
  const epoch = await runtime.epoch();
  const wrong: readonly EntryChange[] = [
    { kind: 'set', name: 'missing', value: '1' },
    { kind: 'delete', name: 'missing' },
  ];
  for (const change of wrong) await expect(runtime.change([change], epoch)).rejects.toThrow(/HAProxy said/);
  expect(await runtime.change([], epoch)).toBe(true);
  expect(await runtime.change([{ kind: 'add', name: 'one', value: '1' }], '0000000000000000')).toBe(false);
  expect(await runtime.beat('0000000000000000')).toBe(false);
  expect(await runtime.beat(await runtime.epoch())).toBe(true);
  await expect(openRuntime(`${folder}/none.sock`, 'x').epoch()).rejects.toThrow(/does not answer/);
  await stop();
  await expect(runtime.epoch()).rejects.toThrow(/does not answer/);
});

test('no word of a table can be more than a word', () => {
  const tombstone = { key: 'aaaaaaaaaaaaaaaaaaaa', services: ['pricing'] };
  const ports = [{ service: 'pricing', routerPort: 1, protocol: 'http' as const, close: false }];
  for (const reason of ['two words', 'a;b', 'a\nb', 'a\\', '']) {
    const table = {
      ports: ports.map((port) => ({ ...port, baseline: { host: '::1', port: 1 } })),
      forks: [],
      tombstones: [{ ...tombstone, reason }],
    };
    expect(() => mapEntries(table)).toThrow(/no word/);
  }
});

test('hops that were not received stay: over answers, and where the number is one of another life', async () => {
  const { runtime, restart } = await startHaproxy();
  const epoch = await runtime.epoch();
  expect(await runtime.hops(0, epoch)).toEqual({ epoch, first: 1, newest: 0, events: [] });
  await restart();
  const next = await runtime.epoch();
  expect(next).not.toBe(epoch);
  expect(await runtime.hops(7, epoch)).toEqual({ epoch: next, first: 1, newest: 0, events: [] });
});
