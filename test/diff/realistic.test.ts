import { describe, expect, it } from 'vitest';
import type { CapturedAnswer } from '../../src/diff/compare.ts';
import type { Finding } from '../../src/diff/finding.ts';
import { compareSession } from '../../src/diff/session.ts';
import { Random } from '../diff-bench/random.ts';
import { type Answer, healthy, type Moment, regressions } from './realistic.ts';
import { sidesApart, underNoise } from './realistic-noise.ts';

const most = 7;

/** As live smart diff does: two answers a side, and more while the comparison wants them. */
function play(
  seed: string,
  baseline: (moment: Moment) => Answer,
  candidate: (moment: Moment) => Answer,
): readonly Finding[] {
  const start = Date.UTC(2026, 10, 22, 10, 0, 0) + new Random(seed).int(0, 90_000_000);
  const side = (make: (moment: Moment) => Answer, first: number): CapturedAnswer[] =>
    Array.from({ length: most }, (_, index) => {
      const number = 2 * index + (index % 2 === 0 ? first : 1 - first);
      const random = new Random(`${seed} ${number}`);
      const {
        type,
        body,
        status = 200,
        headers = [],
      } = make({
        random,
        at: start + number * 900,
        number,
        index,
        side: first === 0 ? 'baseline' : 'candidate',
      });
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return {
        pass: number + 1,
        answer: {
          kind: 'answer',
          status,
          headers: [['content-type', type ?? 'application/json'], ...headers],
          body: { encoding: 'utf8', text, size: Buffer.byteLength(text) },
          durationMs: 1,
        },
      };
    });
  const [before, after] = [side(baseline, 0), side(candidate, 1)];
  for (let answers = 2; ; answers += 1) {
    const pair = { id: 'one', service: 'shop', method: 'GET', pathTemplate: '/' };
    const [compared] = compareSession(
      [{ ...pair, baseline: before.slice(0, answers), candidate: after.slice(0, answers) }],
      { intermittent: false },
    );
    if (compared === undefined) throw new Error('a comparison of one pair is one');
    if (compared.wants === 0 || answers === most) return compared.findings;
  }
}

describe('answers of healthy services have no finding', () => {
  it.each(Object.entries(healthy))('%s', (name, make) => {
    for (let trial = 0; trial < 12; trial += 1) {
      const findings = play(`${name} ${trial}`, make, make);
      expect(findings.map(({ rule, place, before, after }) => ({ rule, place, before, after }))).toEqual([]);
    }
  });
});

describe('what two healthy sides have each for itself is no finding', () => {
  it.each(Object.entries(sidesApart))('%s', (name, make) => {
    for (let trial = 0; trial < 20; trial += 1) {
      const findings = play(`${name} ${trial}`, make, make);
      expect(findings.map(({ rule, place, before, after }) => ({ rule, place, before, after }))).toEqual([]);
    }
  });
});

describe('what is wrong shows at the very place whose value is another one each time', () => {
  it.each(Object.entries(underNoise))('%s', (name, [baseline, candidate, rule, place]) => {
    for (let trial = 0; trial < 8; trial += 1) {
      const findings = play(`${name} ${trial}`, baseline, candidate);
      expect(findings).toContainEqual(expect.objectContaining({ rule, place, confirmed: true }));
      for (const make of [baseline, candidate])
        expect(play(`${name} itself ${trial}`, make, make).map((one) => one.rule)).toEqual([]);
    }
  });
});

describe('what is wrong with an answer is found though much else in it varies', () => {
  it.each(Object.entries(regressions))('%s', (name, [baseline, candidate, ...rules]) => {
    for (let trial = 0; trial < 4; trial += 1) {
      const findings = play(`${name} ${trial}`, baseline, candidate);
      expect(findings.map(({ rule }) => rule).filter((rule) => rules.includes(rule))).not.toEqual([]);
    }
  });
});
