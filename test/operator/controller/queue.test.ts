import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type PassEnd, WorkQueue } from '../../../src/operator/controller/queue.ts';

const done: PassEnd = { kind: 'done' };

function open(work: (key: string) => Promise<PassEnd>, workers = 4) {
  const stop = new AbortController();
  const errors: number[] = [];
  const onError = (_key: string, _error: unknown, failures: number) => void errors.push(failures);
  const queue = new WorkQueue({ work, onError, workers, firstPauseMs: 1, longestPauseMs: 4 }, stop.signal);
  return { queue, stop, errors };
}

describe('the queue of passes', () => {
  test('has one pass of a key at a time, and one more for all that came while it ran', async () => {
    let running = 0;
    let most = 0;
    let passes = 0;
    const { queue } = open(async () => {
      passes += 1;
      most = Math.max(most, ++running);
      await sleep(20);
      running -= 1;
      return done;
    });
    queue.add('a');
    for (let i = 0; i < 5; i++) queue.add('a');
    await expect.poll(() => queue.depth).toBe(0);
    expect({ most, passes }).toEqual({ most: 1, passes: 2 });
  });

  test('has no more keys at once than workers, and comes to all of them', async () => {
    let running = 0;
    let most = 0;
    const seen = new Set<string>();
    const { queue } = open(async (key) => {
      most = Math.max(most, ++running);
      await sleep(1);
      seen.add(key);
      running -= 1;
      return done;
    }, 3);
    for (let i = 0; i < 20; i++) queue.add(`k${i}`);
    await expect.poll(() => seen.size).toBe(20);
    expect(most).toBe(3);
  });

  test('comes again after a failure, and counts from one again after a success', async () => {
    const ends: (PassEnd | Error)[] = [new Error('1'), new Error('2'), done, new Error('3'), done];
    const { queue, errors } = open(async () => {
      const end = ends.shift() ?? done;
      if (end instanceof Error) throw end;
      return end;
    });
    queue.add('a');
    await expect.poll(() => ends.length).toBe(2);
    await expect.poll(() => queue.depth).toBe(0);
    queue.add('a');
    await expect.poll(() => ends.length).toBe(0);
    expect(errors).toEqual([1, 2, 1]);
  });

  test('comes again when a pass asks for it; the earliest of several times counts', async () => {
    const ends: PassEnd[] = [{ kind: 'again', inMs: 1 }, done];
    let passes = 0;
    const { queue } = open(async () => {
      passes += 1;
      return ends.shift() ?? done;
    });
    queue.addAfter('a', 60_000);
    queue.addAfter('a', 1);
    queue.addAfter('a', 120_000);
    await expect.poll(() => passes).toBe(2);
  });

  test('ends when its signal aborts and the last pass is through', async () => {
    let through = false;
    const { queue, stop } = open(async () => {
      await sleep(20);
      through = true;
      return { kind: 'again', inMs: 1 };
    });
    queue.add('a');
    stop.abort();
    await queue.ended();
    expect(through).toBe(true);
    queue.add('b');
    expect(queue.depth).toBe(0);
  });
});
