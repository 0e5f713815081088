import { expect, test } from 'vitest';
import { parseDuration } from '../../src/util/duration.ts';

test.each([
  ['90', 90],
  ['90s', 90],
  ['30m', 1800],
  ['2 h', 7200],
  [' 1d ', 86_400],
  ['', null],
  ['-1', null],
  ['1.5h', null],
  ['1h30m', null],
  ['soon', null],
  ['1e9', null],
])('%j is %j seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});
