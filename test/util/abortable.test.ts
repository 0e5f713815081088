import { expect, test } from 'vitest';
import { abortable } from '../../src/util/abortable.ts';

test('an abort ends the wait, not the work', async () => {
  const stop = new AbortController();
  const waiting = abortable(new Promise<never>(() => {}), stop.signal);
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  await expect(abortable(Promise.resolve(7), stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
});

test('work that fails after the wait was given up, or before it began, is nobody’s unhandled rejection', async () => {
  const seen: unknown[] = [];
  const listener = (reason: unknown) => seen.push(reason);
  process.on('unhandledRejection', listener);
  try {
    const { promise, reject } = Promise.withResolvers<never>();
    await expect(abortable(promise, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    reject(new Error('too late'));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(seen).toEqual([]);
  } finally {
    process.off('unhandledRejection', listener);
  }
});
