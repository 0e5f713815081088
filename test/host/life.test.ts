import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startLife } from '../../src/host/life.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function begin() {
  const life = startLife({ idleMs: 200, serves: () => 0, stop: new AbortController().signal });
  let how: string | null = null;
  void life.over.then((ended) => {
    how = ended;
  });
  return { life, how: () => how };
}

test('a host waits ten seconds for its first call, however short its idle time: on a busy machine it comes late', async () => {
  const { how } = begin();
  await vi.advanceTimersByTimeAsync(9_900);
  expect(how()).toBeNull();
  await vi.advanceTimersByTimeAsync(500);
  expect(how()).toBe('idle');
});

test('after a call it ends once the idle time is over', async () => {
  const { life, how } = begin();
  await life.track(async () => {});
  await vi.advanceTimersByTimeAsync(150);
  expect(how()).toBeNull();
  await vi.advanceTimersByTimeAsync(150);
  expect(how()).toBe('idle');
});
