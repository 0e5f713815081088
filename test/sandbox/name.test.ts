import { expect, test } from 'vitest';
import { checkName } from '../../src/sandbox/name.ts';

test('a name is a DNS label of at most 40 characters', () => {
  for (const name of ['a', 'pr-42', '0', 'a'.repeat(40)]) expect(checkName(name)).toBe(name);
});

test('what is no label is refused', () => {
  for (const name of ['', '-a', 'a-', 'A', 'a.b', '../x', 'a\n', '--server=x', 'a'.repeat(41)]) {
    expect(() => checkName(name)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  }
});
