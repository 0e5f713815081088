import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../../src/exchange.ts';
import { kinds } from './bases/all.ts';
import { type Case, makeCase, mostAnswers } from './cases.ts';
import { namedNoise, namedRegressions } from './named.ts';
import { noiseOperators } from './noise/all.ts';
import { regressionOperators } from './regressions/all.ts';

function texts(answers: Case['baseline']): string[] {
  return answers.map(({ answer }) => {
    const { status, headers, body } = answer as HttpAnswer;
    return JSON.stringify([status, headers, body.text]);
  });
}

function caseOf(spec: Parameters<typeof makeCase>[0]): Case {
  const made = makeCase(spec);
  if (made === null) throw new Error(`no case for ${spec.seed}`);
  return made;
}

describe('the benchmark', () => {
  it('has at least 40 regressions, 25 kinds of noise and 20 kinds of answers, each of its own name', () => {
    const names = [...regressionOperators, ...noiseOperators].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(regressionOperators.length).toBeGreaterThanOrEqual(40);
    expect(noiseOperators.length).toBeGreaterThanOrEqual(25);
    expect(new Set(kinds.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(20);
  });

  it('has each regression and each noise that the issue names', () => {
    for (const [named, operators] of [
      [namedRegressions, regressionOperators],
      [namedNoise, noiseOperators],
    ] as const) {
      const known = operators.map(({ name }) => name);
      for (const [what, names] of Object.entries(named))
        expect([what, ...names.filter((name) => !known.includes(name))]).toEqual([what]);
    }
  });

  it('makes the same case of the same seed', () => {
    for (const operator of regressionOperators.slice(0, 20)) {
      expect(caseOf({ seed: `same ${operator.name}`, operator })).toEqual(
        caseOf({ seed: `same ${operator.name}`, operator }),
      );
    }
  });
});

describe('what is optional in the truth', () => {
  it('is told by the generator: what it leaves out, or fills with null, now and then', () => {
    for (const [name, dimension] of [
      ['optional', 'presence'],
      ['optional-often', 'presence'],
      ['field-optional', 'presence'],
      ['nullable', 'nullability'],
      ['field-nullable', 'nullability'],
    ] as const) {
      const noise = noiseOperators.filter((one) => one.name === name);
      for (const number of [1, 2, 3]) {
        const one = caseOf({ seed: `optional ${number}`, operator: null, noise });
        expect(one.optional.filter((place) => place.dimension === dimension).length).toBeGreaterThan(0);
      }
    }
  });

  it('is never all that a regression of structure changes', () => {
    for (const operator of regressionOperators.filter(({ kind }) => kind === 'structural')) {
      for (const number of [1, 2, 3, 4]) {
        const one = caseOf({ seed: `apart ${number}`, operator });
        const optional = one.optional.map(({ place }) => place);
        for (const truth of one.truths.filter(({ kind }) => kind === 'structural'))
          expect(truth.places.every((place) => optional.includes(place))).toBe(false);
      }
    }
  });
});

describe('each regression', () => {
  it.each(regressionOperators.map((operator) => [operator.name, operator] as const))(
    '%s changes the candidate alone',
    (_, operator) => {
      for (const number of [1, 2, 3]) {
        const one = caseOf({ seed: `alone ${number}`, operator, noise: [] });
        expect(one.truths[0]).toMatchObject({ operator: operator.name, kind: operator.kind });
        expect(new Set(texts(one.baseline)).size).toBe(1);
        const changed = texts(one.candidate).filter((text) => text !== texts(one.baseline)[0]);
        // An order that is drawn may be the old one now and then.
        expect(changed.length).toBeGreaterThanOrEqual(operator.name === 'sort-lost' ? 4 : mostAnswers);
        expect(one.candidate).toHaveLength(mostAnswers);
      }
    },
  );

  it('comes in some answers only where it is intermittent', () => {
    const operator = regressionOperators[0];
    if (operator === undefined) throw new Error('no operators');
    const shown = Array.from({ length: 60 }, (_, number) => {
      const one = caseOf({ seed: `rate ${number}`, operator, rate: 1 / 3, noise: [] });
      return texts(one.candidate).filter((text) => text !== texts(one.baseline)[0]).length;
    });
    const share = shown.reduce((sum, count) => sum + count, 0) / (60 * mostAnswers);
    expect(share).toBeGreaterThan(0.25);
    expect(share).toBeLessThan(0.42);
  });
});

describe('each noise', () => {
  it.each(noiseOperators.map((operator) => [operator.name, operator] as const))(
    '%s varies on both sides, and is no regression',
    (_, operator) => {
      const cases = [1, 2, 3, 4].map((number) =>
        caseOf({ seed: `noise ${number}`, operator: null, noise: [operator] }),
      );
      expect(cases.flatMap(({ truths }) => truths)).toEqual([]);
      for (const side of ['baseline', 'candidate'] as const) {
        expect(cases.some((one) => new Set(texts(one[side])).size > 1)).toBe(true);
      }
    },
  );
});
