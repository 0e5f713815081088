import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RuleId } from '../../src/diff/finding.ts';
import { renderRules } from '../../src/diff/rules/reference.ts';
import { requestRules } from '../../src/diff/rules/request/table.ts';
import { rules } from '../../src/diff/rules/table.ts';
import { answer, diff, diffAnswers, type Out, times } from './support.ts';

/** Plays an example of the table through the captures door, seven answers a side. */
function play(place: string, before: unknown, after: unknown): Out {
  const seven = (value: unknown) => times(7, () => value);
  if (place === 'status')
    return diffAnswers(seven(answer({}, before as number)), seven(answer({}, after as number)));
  if (place === 'header:content-type') {
    return diffAnswers(
      seven(answer('{}', 200, { 'content-type': String(before) })),
      seven(answer('{}', 200, { 'content-type': String(after) })),
    );
  }
  if (place.startsWith('header:')) {
    return diffAnswers(
      seven(answer({}, 200, before as Record<string, string>)),
      seven(answer({}, 200, after as Record<string, string>)),
    );
  }
  return diff(seven(before), seven(after));
}

/** Rules that the captures door cannot reach: they need hops, time-outs or load; their own tests are beside. */
const elsewhere: readonly RuleId[] = [
  'no-answer',
  'calls-multiplied',
  'calls-failed',
  'latency-regressed',
  'became-volatile',
];

describe('each rule', () => {
  for (const rule of rules.filter(({ id }) => !elsewhere.includes(id))) {
    it(`${rule.id} judges its example`, () => {
      const out = play(rule.example.place, rule.example.before, rule.example.after);
      expect(out.findings).toMatchObject([
        { rule: rule.id, severity: rule.severity, place: rule.example.place, confirmed: true },
      ]);
      expect(out.differs).toBe(rule.severity);
    });
    it(`the inverse of ${rule.id} is ${rule.inverse.gives}`, () => {
      const out = play(rule.example.place, rule.inverse.before, rule.inverse.after);
      expect(out.findings.map((finding) => finding.rule)).toEqual(
        rule.inverse.gives === 'nothing' ? [] : [rule.inverse.gives],
      );
    });
  }

  it('became-volatile judges what varies in the candidate alone; its inverse is nothing', () => {
    const steady = times(7, () => ({ total: 5 }));
    const varying = times(7, (n) => ({ total: n }));
    expect(diff(steady, varying).findings).toMatchObject([
      { rule: 'became-volatile', severity: 'suspicious', place: '$.total', confirmed: true },
    ]);
    expect(diff(varying, steady).findings).toEqual([]);
  });

  it('has its own file and one entry in the table', () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    for (const { id } of rules)
      expect(readFileSync(new URL(`../../src/diff/rules/${id}.ts`, import.meta.url), 'utf8')).toContain(
        `id: '${id}'`,
      );
  });
});

describe('docs/rules.md', () => {
  it('is what the table says', () => {
    expect(readFileSync(new URL('../../docs/rules.md', import.meta.url), 'utf8')).toBe(
      renderRules(rules, requestRules),
    );
  });
});
