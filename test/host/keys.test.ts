import { expect, test, vi } from 'vitest';
import { HostKeys } from '../../src/host/keys.ts';
import { tombstoneMs } from '../../src/local/options.ts';

test('a key is elsewhere for every baseline but its own, for as long as its tombstone stands', () => {
  vi.useFakeTimers();
  try {
    const keys = new HostKeys();
    keys.note('aaa', { key: 'k1', state: 'live' });
    expect(keys.elsewhere('aaa', 'k1')).toBe(false);
    expect(keys.elsewhere('bbb', 'k1')).toBe(true);
    expect(keys.elsewhere('bbb', 'never-minted')).toBe(false);
    vi.advanceTimersByTime(5 * tombstoneMs);
    keys.note('aaa', { key: 'k1', state: 'gone' });
    vi.advanceTimersByTime(tombstoneMs - 1);
    keys.note('aaa', { key: 'k2', state: 'live' });
    expect(keys.elsewhere('bbb', 'k1')).toBe(true);
    vi.advanceTimersByTime(1);
    keys.note('aaa', { key: 'k2', state: 'live' });
    expect(keys.elsewhere('bbb', 'k1')).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});
