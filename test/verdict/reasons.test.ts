import { afterEach, describe, expect, it, vi } from 'vitest';
import { judge } from '../../src/verdict/judge.ts';
import { type ReasonCode, reasonKinds } from '../../src/verdict/reason-kinds.ts';
import { reasons } from '../../src/verdict/reasons.ts';
import { passing } from './fixture.ts';
import { produce } from './produce.ts';

const codes = Object.keys(reasonKinds) as ReasonCode[];
const word = { doubt: 'inconclusive', failure: 'failed', gap: 'inconclusive' } as const;

it('passes where no reason holds', () => {
  expect(judge(passing())).toMatchObject({
    verdict: 'passed',
    reasons: [],
    proof: { required: 16, exercised: 16, forks: [{ service: 'pricing', hops: 16, requests: 16 }] },
    unproven: { forks: [], services: [] },
  });
});

describe('each reason is found for real', () => {
  for (const code of codes) {
    it(reasonKinds[code].test, () => {
      const verdict = judge(produce[code]());
      expect(verdict.reasons.map((reason) => reason.code)).toEqual([code]);
      expect(verdict.verdict).toBe(word[reasonKinds[code].phase]);
      for (const { message, next } of verdict.reasons) {
        expect(message).toMatch(/^\S.*\.$/);
        expect(next).toMatch(/^\S.*\.$/);
      }
      expect(verdict.next).toBe(verdict.reasons[0]?.next);
    });
  }
});

describe('with one reason taken out of the judge, its evidence passes', () => {
  afterEach(() => vi.restoreAllMocks());
  for (const code of codes) {
    it(`${code} removed`, () => {
      const evidence = produce[code]();
      expect(judge(evidence).verdict).not.toBe('passed');
      vi.spyOn(reasons, code).mockReturnValue([]);
      expect(judge(evidence).reasons).toEqual([]);
      expect(judge(evidence).verdict).toBe('passed');
    });
  }
});
