import { expect, test } from 'vitest';
import { HopRecorder, type OpenHop } from '../../src/routing/recorder.ts';
import { keyA, keyB } from './support.ts';

const hop = (correlation: string | null, destination: OpenHop['destination'] = 'fork'): OpenHop => ({
  correlation,
  service: 'pricing',
  destination,
  instance: null,
  refusal: null,
  atEpochMs: 0,
});
const name = (n: number) => String(n).padStart(8, '0');

test('hops are counted by correlation, service and destination, and in no other key', () => {
  const recorder = new HopRecorder();
  recorder.open(keyA, hop('11111111')).answered(200);
  recorder.open(keyA, hop('11111111')).answered(404);
  recorder.open(keyA, hop('11111111', 'refused')).answered(503);
  recorder.open(keyA, { ...hop('11111111'), service: 'tax' }).answered(200);
  recorder.open(keyA, hop(null)).answered(200);
  const pricing = { correlation: '11111111', service: 'pricing' };
  expect(recorder.receipt(keyA).counts).toEqual([
    { ...pricing, destination: 'fork', count: 2, failed: 0 },
    { ...pricing, destination: 'refused', count: 1 },
    { ...pricing, service: 'tax', destination: 'fork', count: 1, failed: 0 },
    { correlation: null, service: 'pricing', destination: 'fork', count: 1, failed: 0 },
  ]);
  expect(recorder.receipt(keyA, { correlations: ['22222222'] }).counts).toEqual([]);
  expect(recorder.receipt(keyB)).toMatchObject({ complete: true, counts: [], hops: [] });
});

test('hops that fail are counted, and so are those that are still open', () => {
  const recorder = new HopRecorder();
  const open = () => recorder.open(keyA, hop('11111111'));
  const counted = () => recorder.receipt(keyA).counts;
  const [good, error, silent, broken, gone] = [open(), open(), open(), open(), open()];
  const pricing = { correlation: '11111111', service: 'pricing', destination: 'fork' };
  expect(counted()).toEqual([{ ...pricing, count: 5, failed: 0, open: 5 }]);
  good?.answered(499);
  error?.answered(500);
  silent?.answered(null);
  broken?.answered(200);
  expect(counted()).toEqual([{ ...pricing, count: 5, failed: 2, open: 1 }]);
  // Known only behind the head.
  broken?.brokeOff();
  gone?.withdraw();
  expect(counted()).toEqual([{ ...pricing, count: 4, failed: 3 }]);
  // Each fails once, and one that is withdrawn or open has no answer to break off.
  for (const one of [error, silent, broken, gone, open()]) one?.brokeOff();
  expect(counted()).toEqual([{ ...pricing, count: 5, failed: 3, open: 1 }]);
});

test('hops at each start of a fork are counted apart', () => {
  const recorder = new HopRecorder();
  recorder.open(keyA, { ...hop('11111111'), instance: 'uid/0' }).answered(200);
  recorder.open(keyA, { ...hop('11111111'), instance: 'uid/1' }).answered(500);
  recorder.open(keyA, { ...hop('11111111', 'refused'), instance: 'uid/1' }).answered(503);
  const pricing = { correlation: '11111111', service: 'pricing' };
  expect(recorder.receipt(keyA).counts).toEqual([
    { ...pricing, destination: 'fork', instance: 'uid/0', count: 1, failed: 0 },
    { ...pricing, destination: 'fork', instance: 'uid/1', count: 1, failed: 1 },
    { ...pricing, destination: 'refused', count: 1 },
  ]);
});

test('a hop that never was is withdrawn; its later end means nothing', () => {
  const recorder = new HopRecorder();
  const open = recorder.open(keyA, hop('11111111'));
  open.withdraw();
  open.withdraw();
  open.answered(200);
  expect(recorder.receipt(keyA, { hops: 5 })).toMatchObject({ counts: [], hops: [] });
});

test('details are the last ones, oldest first, and those asked for', () => {
  const recorder = new HopRecorder({ ring: 3 });
  for (let n = 1; n <= 5; n += 1) recorder.open(keyA, hop(name(n))).answered(200 + n);
  const statuses = (hops: number, correlations?: string[]) =>
    recorder
      .receipt(keyA, { hops, ...(correlations === undefined ? {} : { correlations }) })
      .hops.map(({ status }) => status);
  expect(statuses(10)).toEqual([203, 204, 205]);
  expect(statuses(2)).toEqual([204, 205]);
  expect(statuses(10, [name(4), name(1)])).toEqual([204]);
  expect(statuses(0)).toEqual([]);
});

test('counts are bounded: the oldest go, and receipts that may miss them are incomplete', () => {
  const recorder = new HopRecorder({ correlations: 100 });
  for (let n = 0; n < 150; n += 1) recorder.open(keyA, hop(name(n)));
  recorder.open(keyB, hop(name(0)));
  expect(recorder.receipt(keyA).counts.length).toBeLessThanOrEqual(100);
  expect(recorder.receipt(keyA).complete).toBe(false);
  expect(recorder.receipt(keyA, { correlations: [name(0)] })).toMatchObject({ complete: false, counts: [] });
  expect(recorder.receipt(keyA, { correlations: [name(149)] })).toMatchObject({
    complete: true,
    counts: [{ count: 1 }],
  });
  expect(recorder.receipt(keyB).complete).toBe(true);
});

test('a correlation in use is not the oldest', () => {
  const recorder = new HopRecorder({ correlations: 100 });
  for (let n = 0; n < 1000; n += 1) {
    recorder.open(keyA, hop(name(n)));
    recorder.open(keyA, hop('stays000'));
  }
  expect(recorder.receipt(keyA, { correlations: ['stays000'] })).toMatchObject({
    complete: true,
    counts: [{ count: 1000 }],
  });
});

test('a key for which there is no room has incomplete receipts, not empty ones', () => {
  const recorder = new HopRecorder({ keys: 1 });
  recorder.open(keyA, hop('11111111')).answered(200);
  recorder.open(keyB, hop('11111111')).answered(200);
  expect(recorder.receipt(keyA).complete).toBe(true);
  expect(recorder.receipt(keyB).complete).toBe(false);
});

test('a key that was let go has incomplete receipts from then on', () => {
  const recorder = new HopRecorder();
  recorder.open(keyA, hop('11111111'));
  recorder.forget(keyA);
  expect(recorder.receipt(keyA)).toMatchObject({ complete: false, counts: [] });
  recorder.open(keyA, hop('22222222'));
  expect(recorder.receipt(keyA).complete).toBe(false);
});

test('a restart shows: each recorder has an epoch of its own', () => {
  const recorder = new HopRecorder();
  expect(recorder.receipt(keyA).epoch).toBe(recorder.receipt(keyB).epoch);
  expect(recorder.epoch).not.toBe(new HopRecorder().epoch);
});

test('a hop that is known whole is recorded at once', () => {
  const recorder = new HopRecorder();
  const whole = {
    correlation: '11111111',
    service: 'pricing',
    destination: 'fork',
    status: 200,
    durationMs: 3,
    at: '2026-01-01T00:00:00.000Z',
    refusal: null,
    instance: 'one',
  } as const;
  recorder.record(keyA, whole);
  expect(recorder.receipt(keyA, { hops: 1 })).toMatchObject({ counts: [{ count: 1 }], hops: [whole] });
});
