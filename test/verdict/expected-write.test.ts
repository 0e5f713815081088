import { describe, expect, it } from 'vitest';
import { SeatrialError } from '../../src/errors.ts';
import { type ExpectedEntry, parseExpectedChanges } from '../../src/verdict/expected-file.ts';
import { withExpectedChanges } from '../../src/verdict/expected-write.ts';
import fc from '../support/property.ts';

const entry = (fingerprint: string, change: Partial<ExpectedEntry> = {}): ExpectedEntry => ({
  fingerprint,
  reason: 'wanted',
  base: 'abcdef012345',
  expected: 'value-changed at $.total',
  ...change,
});
const write = (source: string, ...entries: ExpectedEntry[]) => withExpectedChanges(source, 'x.yaml', entries);

describe('an entry put into the file of expected changes', () => {
  it('makes a file where there is none', () => {
    expect(write('', entry('aa-bb'))).toBe(
      '- { fingerprint: "aa-bb", reason: "wanted", base: "abcdef012345", expected: "value-changed at $.total" }\n',
    );
  });

  it('stands at the end; comments, order and form of the rest stay byte for byte', () => {
    const source = `# ours
seatrial: 1
expected:
    # the new price
    - fingerprint: 'zz-zz'   # first
      reason: |
        two
        lines
      base: "1234567"
      expected: price

    - { expected: other, fingerprint: "mm-mm", reason: x, base: "1234567" }
# the end
`;
    const after = write(source, entry('aa-bb'));
    expect(after.replace(/^ {4}- \{ fingerprint: "aa-bb".*\n/m, '')).toBe(source);
    expect(parseExpectedChanges(after, 'x').map(({ fingerprint }) => fingerprint)).toEqual([
      'zz-zz',
      'mm-mm',
      'aa-bb',
    ]);
  });

  it('is not put twice; one of an older base is renewed', () => {
    const once = write('# kept\n', entry('aa-bb'));
    expect(write(once, entry('aa-bb', { reason: 'again' }))).toBe(once);
    const renewed = write(once, entry('aa-bb', { base: '9999999', reason: 'again' }));
    expect(renewed).toContain('# kept');
    expect(parseExpectedChanges(renewed, 'x')).toEqual([
      entry('aa-bb', { base: '9999999', reason: 'again' }),
    ]);
  });

  it('refuses a file that is broken, and says where', () => {
    expect(() => write('expected: 7\n', entry('aa-bb'))).toThrow(SeatrialError);
  });

  it('goes into lists of every form', () => {
    for (const source of [
      '[]\n',
      'expected: []\n',
      '---\n',
      '# only a comment',
      JSON.stringify([entry('cc-dd')]),
    ]) {
      const after = write(source, entry('aa-bb'));
      expect(parseExpectedChanges(after, 'x').at(-1)).toEqual(entry('aa-bb'));
    }
  });

  it('is read as it was written, whatever it says', () => {
    const text = fc
      .string({ minLength: 1, maxLength: 60, unit: 'grapheme' })
      .map((one) => one.trim())
      .filter((one) => one !== '');
    void fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 5 }), (pairs) => {
        const entries = pairs.map(([reason, expected], i) => entry(`f-${i}`, { reason, expected }));
        let source = '# head\n';
        for (const one of entries) source = write(source, one);
        expect(parseExpectedChanges(source, 'x')).toEqual(entries);
      }),
    );
  });
});
