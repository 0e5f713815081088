import { describe, expect, it } from 'vitest';
import { SeatrialError } from '../../src/errors.ts';
import type { Evidence, PolicyEvidence } from '../../src/verdict/evidence.ts';
import { judge } from '../../src/verdict/judge.ts';
import { parsePolicy } from '../../src/verdict/policy-file.ts';
import { fieldGone } from './produce.ts';

type Entry = PolicyEvidence['severities'][number];

const place = judge(fieldGone()).findings[0]?.place ?? '';
const entry = (change: Partial<Entry> = {}): Entry => ({
  rule: 'removed-field',
  place,
  service: null,
  severity: 'harmless',
  reason: 'nobody reads it',
  addedByChange: false,
  ...change,
});
const under = (evidence: Evidence, ...severities: Entry[]) => judge({ ...evidence, policy: { severities } });

function problem(source: string): string {
  try {
    parsePolicy(source, 'seatrial.policy.yaml');
  } catch (error) {
    if (error instanceof SeatrialError) return error.text.what;
    throw error;
  }
  return 'none';
}

describe('the policy', () => {
  it('gives findings of a rule at a place another severity, and the verdict lists it', () => {
    expect(judge(fieldGone()).verdict).toBe('failed');
    const lowered = under(fieldGone(), entry());
    expect(lowered).toMatchObject({ verdict: 'passed', findings: [{ severity: 'harmless', place }] });
    expect(lowered.warnings[0]).toContain('seatrial.policy.yaml');
    expect(lowered.warnings[0]).toContain('nobody reads it');
    expect(under(fieldGone(), entry({ severity: 'suspicious' })).verdict).toBe('inconclusive');
  });

  it('fits the exact place, rule and service alone', () => {
    for (const other of [
      { place: `${place}.x` },
      { place: '$.price[*]' },
      { rule: 'type-changed' as const },
      { service: 'tax' },
    ]) {
      expect(under(fieldGone(), entry(other)).verdict).toBe('failed');
    }
    expect(under(fieldGone(), entry({ service: 'pricing' })).verdict).toBe('passed');
  });

  it('lowers nothing by an entry that the change itself brought, and says so', () => {
    const own = under(fieldGone(), entry({ addedByChange: true }));
    expect(own.verdict).toBe('failed');
    expect(own.warnings[0]).toContain('once the baseline has it');
  });

  it('keeps a raise of the baseline, whatever the change adds', () => {
    const raise = entry({ place: null, severity: 'breaking' });
    const calm = entry({ place, severity: 'harmless', addedByChange: true });
    expect(under(fieldGone(), raise, calm).verdict).toBe('failed');
    expect(under(fieldGone(), entry({ severity: 'harmless' }), raise).verdict).toBe('passed');
  });
});

describe('the file of the policy', () => {
  const line = (fields: string) => `severities:\n  - { ${fields}, reason: x }\n`;
  it('is read as it says', () => {
    expect(parsePolicy('', 'x')).toEqual([]);
    expect(
      parsePolicy(line('rule: header-changed, place: "header:server", severity: harmless'), 'x'),
    ).toEqual([
      { rule: 'header-changed', place: 'header:server', service: null, severity: 'harmless', reason: 'x' },
    ]);
    expect(parsePolicy(line('rule: added-field, severity: breaking'), 'x')).toHaveLength(1);
  });

  it('refuses what would turn structure off at large, with the line', () => {
    for (const fields of [
      'rule: removed-field, severity: harmless',
      'rule: type-changed, place: "$", severity: suspicious',
      'rule: status-changed, place: status, severity: harmless',
      'rule: content-type-changed, place: "header:content-type", severity: harmless',
      'rule: "*", severity: harmless',
      'rule: removed-field, place: "$.a", severity: none',
    ]) {
      expect(problem(line(fields))).toContain('seatrial.policy.yaml:2');
    }
    expect(problem('severities:\n  - { rule: added-field, severity: breaking }\n')).toContain('reason');
    expect(problem('rules: []\n')).toContain('seatrial.policy.yaml:1');
    expect(problem('severities: [\n')).not.toBe('none');
  });
});
