import { describe, expect, it } from 'vitest';
import { diff, diffAnswers, times, told } from './support.ts';

const seven = (value: unknown) => times(7, () => ({ v: value }));
const said = (before: unknown, after: unknown) => told(diff(seven(before), seven(after)));

describe('a string that holds a date is compared as its instant', () => {
  const sameInstant: Record<string, [string, string]> = {
    'milliseconds that are zero': ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
    'zeros at the end of a fraction': ['2026-01-01T00:00:00.5Z', '2026-01-01T00:00:00.500Z'],
    'another offset': ['2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00'],
    'between two offsets': ['2026-01-01T02:00:00+02:00', '2026-01-01T01:00:00+01:00'],
    'zero as an offset': ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00+00:00'],
    'a blank for the T': ['2026-01-01T00:00:00Z', '2026-01-01 00:00:00Z'],
    'an offset without its colon': ['2026-01-01T01:00:00+01:00', '2026-01-01T01:00:00+0100'],
    'as HTTP writes it': ['2026-01-01T00:00:00Z', 'Thu, 01 Jan 2026 00:00:00 GMT'],
  };
  for (const [name, [before, after]] of Object.entries(sameInstant)) {
    it(`${name}: the form changed, not the value`, () => {
      expect(said(before, after)).toEqual(['format-changed $.v']);
      expect(said(after, before)).toEqual(['format-changed $.v']);
    });
  }

  it('another instant is another value, to the nanosecond and in every offset', () => {
    expect(said('2026-01-01T00:00:00.000000001Z', '2026-01-01T00:00:00.000000002Z')).toEqual([
      'value-changed $.v',
    ]);
    expect(said('2026-01-01T01:00:00+01:00', '2026-01-01T01:00:00+02:00')).toEqual(['value-changed $.v']);
    expect(said('2026-02-30T00:00:00Z', '2026-02-31T00:00:00Z')).toEqual(['value-changed $.v']);
  });

  it('is one finding for a list of them', () => {
    const list = (form: (hour: number) => string) => times(7, () => ({ slots: times(20, form) }));
    const before = list((n) => `2026-01-01T${String(n).padStart(2, '0')}:00:00Z`);
    const after = list((n) => `2026-01-01T${String(n).padStart(2, '0')}:00:00.000Z`);
    expect(told(diff(before, after))).toEqual(['format-changed $.slots[*]']);
  });
});

describe('a string that holds a number is compared as that number', () => {
  it('by value: zeros at its end are form', () => {
    expect(said('1.50', '1.5')).toEqual(['format-changed $.v']);
    expect(said('1', '1.0')).toEqual(['format-changed $.v']);
  });

  it('by precision: no digit is lost', () => {
    expect(said('9007199254740993', '9007199254740992')).toEqual(['value-changed $.v']);
    expect(said('0.1', '0.10000000000000001')).toEqual(['value-changed $.v']);
  });

  it('but digits that begin with a zero or a plus are a name', () => {
    expect(said('007', '7')).toEqual(['value-changed $.v']);
    expect(said('+1', '1')).toEqual(['value-changed $.v']);
  });

  it('a number of JSON has no form beside its value', () => {
    const raw = (text: string) =>
      times(7, () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: text }));
    expect(told(diffAnswers(raw('{"v":1.50}'), raw('{"v":15e-1}')))).toEqual([]);
  });
});

describe('a form that the baseline itself varies', () => {
  const forms = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z', '2026-01-01T01:00:00+01:00'];
  const mixed = (index: number) => ({ v: forms[index % 3] });

  it('is forgiven', () => {
    expect(
      told(
        diff(
          times(7, mixed),
          times(7, (index) => mixed(index + 1)),
        ),
      ),
    ).toEqual([]);
    expect(diff(times(2, mixed), times(2, mixed)).volatile).toEqual([
      { place: '$.v', dimensions: ['format', 'length'] },
    ]);
  });

  it('does not hide another value', () => {
    expect(told(diff(times(7, mixed), seven('2026-01-02T00:00:00Z')))).toEqual(['value-changed $.v']);
    const prices = (index: number) => ({ v: index % 2 === 0 ? '1.50' : '1.5' });
    expect(told(diff(times(7, prices), seven('1.6')))).toEqual(['value-changed $.v']);
    expect(told(diff(times(7, prices), seven('1.500')))).toEqual([]);
  });

  it('that varies only in the candidate became volatile', () => {
    const out = diff(
      seven('1.50'),
      times(7, (index) => ({ v: index % 2 === 0 ? '1.50' : '1.5' })),
    );
    expect([...out.findings, ...out.unconfirmed].map(({ rule }) => rule)).toEqual(['became-volatile']);
  });
});
