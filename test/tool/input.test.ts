import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { SeatrialError } from '../../src/errors.ts';
import { duration, durationSeconds, parseInput } from '../../src/tool/input.ts';

describe('a length of time', () => {
  test.each([
    ['30m', 1800],
    ['2h', 7200],
    ['90s', 90],
    ['1d', 86_400],
    ['900', 900],
    [900, 900],
  ])('%s is %i seconds', (text, seconds) => {
    expect(durationSeconds(duration.parse(text))).toBe(seconds);
  });

  test.each(['', '0', '0m', '-5m', '1.5h', '5w', 'm', '30 m', '1e3', 0, -1, 1.5, 9_999_999, null])(
    '%j is refused',
    (text) => {
      expect(duration.safeParse(text).success).toBe(false);
    },
  );
});

describe('input', () => {
  const schema = z.strictObject({ name: z.string(), token: z.string().max(3).exactOptional() });

  test('an unknown argument is refused, with the ones that are known', () => {
    const refused = refusal({ name: 'a', nmae: 'b' });
    expect(refused.code).toBe('invalid-argument');
    expect(refused.text.what).toContain('nmae');
    expect(refused.text.next).toContain('name, token');
  });

  test('an argument that is missing is called so', () => {
    expect(refusal({}).text.what).toBe(
      't cannot be called with these arguments: name: missing, expected string.',
    );
  });

  test('values stay out of the message: they may be secrets', () => {
    expect(JSON.stringify(refusal({ name: 'a', token: 'hunter2' }).data)).not.toContain('hunter2');
  });

  test('a message stays short, whatever was sent', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`unknown-${index}`, index]));
    expect(refusal({ name: 'a', ...many }).text.what.length).toBeLessThan(800);
  });

  test('missing arguments are the empty object', () => {
    expect(parseInput('t', z.strictObject({}), undefined)).toEqual({});
  });

  function refusal(input: unknown): SeatrialError {
    try {
      parseInput('t', schema, input);
    } catch (error) {
      if (error instanceof SeatrialError) return error;
    }
    throw new Error('it was taken');
  }
});
