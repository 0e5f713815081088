import { describe, expect, test } from 'vitest';
import type { RuleId } from '../../src/diff/finding.ts';
import { rules } from '../../src/diff/rules/table.ts';
import { bytes } from '../../src/report/bounds.ts';
import { groupCauses } from '../../src/report/cause.ts';
import { mostSummaryBytes, summaryText } from '../../src/report/summary.ts';
import { summaryData } from '../../src/report/summary-data.ts';
import type { RequestFinding } from '../../src/verdict/verdict.ts';
import fc from '../support/property.ts';
import { failed, finding, run } from './samples.ts';

const at = (place: string, change: Partial<RequestFinding> = {}): RequestFinding => ({
  ...finding,
  rule: 'type-changed',
  place,
  before: 1,
  after: '1',
  ...change,
});

describe('findings of one cause', () => {
  test('are one entry: the same name, rule and kinds of value, with its places and requests', () => {
    const causes = groupCauses([
      at('$.id', { request: 'a' }),
      at('$.items[*].id', { request: 'a' }),
      at("$['a.b'].id[*]", { request: 'b' }),
    ]);
    expect(causes).toMatchObject([
      {
        first: { place: '$.id' },
        requests: ['a', 'b'],
        alsoAt: expect.arrayContaining(['$.items[*].id']) as unknown,
      },
    ]);
    expect(causes[0]?.alsoAt).toHaveLength(2);
  });

  test('are not: other names, other kinds, other severities, and values', () => {
    const rest = [
      at('$.id'),
      at('$.key'),
      at('$.x.id', { after: null }),
      at('$.y.id', { severity: 'suspicious' }),
      at('$.z.id', { service: 'other' }),
      at('$.v.id', { rule: 'value-changed' }),
      at('$.w.id', { rule: 'value-changed' }),
      at('$'),
      at('$[*]'),
    ];
    expect(groupCauses(rest)).toHaveLength(rest.length);
  });
});

describe('an explanation fits into 2,000 tokens, whatever was found', () => {
  const ids = rules.map(({ id }) => id) as RuleId[];
  const text = fc.string({ maxLength: 300, unit: 'binary' });
  const one = fc.record({
    rule: fc.constantFrom(...ids),
    severity: fc.constantFrom('breaking' as const, 'suspicious' as const, 'harmless' as const),
    place: fc.oneof(text, fc.constantFrom('$.id', '$.a.id', 'status', 'header:x')),
    request: text,
    service: text,
    before: fc.jsonValue(),
    after: fc.jsonValue(),
    why: text,
    effect: text,
  });
  test('1,000 findings of any kind: bounded, most severe first, and the next call is kept', () => {
    void fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 40 }), (some) => {
        const findings = Array.from({ length: 1000 }, (_, i): RequestFinding => {
          const given = some[i % some.length] ?? some[0];
          return { ...finding, ...given, place: `${given?.place}${i % 7}`, fingerprint: `f-${i}` };
        });
        const reported = { ...run, verdict: { ...failed, findings } };
        const shown = summaryText(reported);
        expect(bytes(shown)).toBeLessThanOrEqual(mostSummaryBytes);
        expect(shown).toContain('Then call: ');
        const data = summaryData(reported);
        expect(bytes(JSON.stringify(data))).toBeLessThanOrEqual(8000);
        const order = ['breaking', 'suspicious', 'harmless'];
        const ranks = data.findings.map(({ severity }) => order.indexOf(severity));
        expect(ranks).toEqual([...ranks].sort());
        expect(data.findings.length + data.left_out.findings).toBe(groupCauses(findings).length);
      }),
      { numRuns: 25 },
    );
  });
});
