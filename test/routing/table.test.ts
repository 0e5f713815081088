import { expect, test } from 'vitest';
import { baselineKey } from '../../src/routing/key.ts';
import { RoutingTable } from '../../src/routing/table.ts';
import { keyA, keyB } from './support.ts';

const fork = { address: { host: '127.0.0.1', port: 1 }, instance: 'one' };
const gone = { kind: 'refused', reason: 'sandbox-gone' };
const hour = 3_600_000;

function loaded(): RoutingTable {
  const table = new RoutingTable();
  table.markLoaded();
  return table;
}

test('a tombstone refuses its services until its time is over, and no others', () => {
  const table = loaded();
  table.setFork('pricing', keyA, fork);
  table.setFork('tax', keyA, fork);
  table.tombstone(keyA, ['pricing', 'tax'], 'sandbox-gone', hour);
  expect(table.lookup('pricing', keyA)).toEqual(gone);
  expect(table.lookup('tax', keyA)).toEqual(gone);
  expect(table.lookup('cart', keyA)).toEqual({ kind: 'baseline' });
  expect(table.sweep(hour - 1)).toEqual([]);
  expect(table.lookup('pricing', keyA)).toEqual(gone);
  expect(table.sweep(hour)).toEqual([keyA]);
  expect(table.lookup('pricing', keyA)).toEqual({ kind: 'baseline' });
  expect(table.knows(keyA)).toBe(false);
});

test('a key of a sandbox beside another baseline is refused, for every service', () => {
  const table = new RoutingTable((key) => key === keyB);
  table.markLoaded();
  table.setFork('pricing', keyA, fork);
  expect(table.lookup('pricing', keyB)).toEqual({ kind: 'refused', reason: 'other-baseline' });
  expect(table.lookup('tax', keyB)).toEqual({ kind: 'refused', reason: 'other-baseline' });
  expect(table.lookup('tax', keyA)).toEqual({ kind: 'baseline' });
  expect(table.lookup('pricing', baselineKey)).toEqual({ kind: 'baseline' });
});

test('a fork that is set after the tombstone does not raise the dead', () => {
  const table = loaded();
  table.tombstone(keyA, ['pricing'], 'sandbox-gone', hour);
  table.setFork('pricing', keyA, fork);
  expect(table.lookup('pricing', keyA)).toEqual(gone);
});

test('a second tombstone of a key adds its services to the first', () => {
  const table = loaded();
  table.tombstone(keyA, ['pricing'], 'lease-expired', hour);
  table.tombstone(keyA, ['tax'], 'sandbox-gone', 2 * hour);
  expect(table.lookup('pricing', keyA)).toEqual(gone);
  expect(table.lookup('tax', keyA)).toEqual(gone);
  expect(table.sweep(2 * hour - 1)).toEqual([]);
  expect(table.sweep(2 * hour)).toEqual([keyA]);
});

test('a fork that is cleared leaves its service to the baseline', () => {
  const table = loaded();
  table.setFork('pricing', keyA, fork);
  table.setRefused('tax', keyA, 'fork-not-ready');
  table.clear('pricing', keyA);
  table.clear('pricing', keyA);
  expect(table.lookup('pricing', keyA)).toEqual({ kind: 'baseline' });
  expect(table.lookup('tax', keyA)).toEqual({ kind: 'refused', reason: 'fork-not-ready' });
  expect(table.knows(keyA)).toBe(true);
  table.clear('tax', keyA);
  expect(table.knows(keyA)).toBe(false);
});

test('a fork that gets ready replaces its refusal, and the other way round', () => {
  const table = loaded();
  table.setRefused('pricing', keyA, 'fork-not-ready');
  table.setFork('pricing', keyA, fork);
  expect(table.lookup('pricing', keyA)).toEqual({ kind: 'fork', ...fork });
  table.setRefused('pricing', keyA, 'fork-crashed');
  expect(table.lookup('pricing', keyA)).toEqual({ kind: 'refused', reason: 'fork-crashed' });
});

test('until it is loaded, it refuses every key but the reserved one', () => {
  const table = new RoutingTable();
  table.setFork('pricing', keyA, fork);
  for (const key of [keyA, keyB]) {
    expect(table.lookup('pricing', key)).toEqual({ kind: 'refused', reason: 'router-not-loaded' });
  }
  expect(table.lookup('pricing', baselineKey)).toEqual({ kind: 'baseline' });
  expect(table.loaded).toBe(false);
  table.markLoaded();
  expect(table.lookup('pricing', keyA)).toEqual({ kind: 'fork', ...fork });
  expect(table.lookup('pricing', keyB)).toEqual({ kind: 'baseline' });
});

test('names that objects are born with are services and keys like any other', () => {
  const table = loaded();
  expect(table.lookup('constructor', '__proto__')).toEqual({ kind: 'baseline' });
  table.setFork('__proto__', 'constructor', fork);
  expect(table.lookup('__proto__', 'constructor')).toEqual({ kind: 'fork', ...fork });
});
