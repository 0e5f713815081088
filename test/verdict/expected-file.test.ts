import { expect, it } from 'vitest';
import { parseExpectedChanges } from '../../src/verdict/expected-file.ts';

const entry = '{ fingerprint: a-b, reason: wanted, base: "abcdef0", expected: two decimals }';
const parsed = { fingerprint: 'a-b', reason: 'wanted', base: 'abcdef0', expected: 'two decimals' };
const parse = (text: string) => parseExpectedChanges(text, 'seatrial.expected.yaml');

it('takes a list, alone or under `expected`, and an empty file', () => {
  expect(parse(`- ${entry}\n`)).toEqual([parsed]);
  expect(parse(`seatrial: 1\nexpected:\n  - ${entry}\n`)).toEqual([parsed]);
  expect(parse('')).toEqual([]);
  expect(parse('# nothing yet\n')).toEqual([]);
  expect(parse('[]')).toEqual([]);
});

it.each([
  ['- fingerprint: a\n  reason: b\n  base: abcdef0\n', ':1: ', 'expected'],
  [
    `- ${entry}\n- fingerprint: x\n  reason: y\n  base: abcdef0\n  expected: z\n  severity: harmless\n`,
    ':2: ',
    'severity',
  ],
  ['-\n  fingerprint: x\n  reason: y\n  base: 1234567\n  expected: z\n', ':4: ', 'base'],
  ['- fingerprint: x\n  reason: y\n  base: main\n  expected: z\n', ':3: ', 'commit'],
  [`- ${entry}\n- ${entry}\n`, ':2: ', 'twice'],
  ['- &a x\n- *a\n', ':1: ', 'alias'],
  ['- a: 1\n  a: 2\n', ':2: ', 'unique'],
  ['{', ':1: ', ''],
  ['just text', ':1: ', ''],
  ['expected:\n  - 5\n', ':', ''],
])('refuses %j with its line', (text, line, part) => {
  expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'invalid-expected' }));
  expect(() => parse(text)).toThrow(`seatrial.expected.yaml${line}`);
  expect(() => parse(text)).toThrow(part);
});

it('refuses what is too large, and takes __proto__ for a key that is not known', () => {
  expect(() => parse('#'.repeat(1_000_001))).toThrow(/larger/);
  expect(() => parse('- { __proto__: { fingerprint: a } }')).toThrow(
    expect.objectContaining({ code: 'invalid-expected' }),
  );
});
