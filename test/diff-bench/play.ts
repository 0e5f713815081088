import type { Comparison } from '../../src/diff/compare.ts';
import type { Finding } from '../../src/diff/finding.ts';
import { compareSession } from '../../src/diff/session.ts';
import { type Case, mostAnswers } from './cases.ts';

export interface Played {
  readonly findings: readonly Finding[];
  /** Answers a side that it took. */
  readonly answers: number;
}

/** With so many answers a side and no more. */
export function playWith(one: Case, answers: number, intermittent = false): Played {
  return { findings: compareWith(one, answers, intermittent).findings, answers };
}

/** As live smart_diff does: two answers a side, and more while the comparison wants them, up to seven. */
export function playConfirmed(one: Case, intermittent = false): Played {
  let answers = 2;
  let compared = compareWith(one, answers, intermittent);
  while (answers < mostAnswers && (compared.wants > 0 || (intermittent && answers < 6))) {
    answers += 1;
    compared = compareWith(one, answers, intermittent);
  }
  return { findings: compared.findings, answers };
}

export function compareWith(one: Case, answers: number, intermittent: boolean): Comparison {
  const pair = {
    id: one.id,
    service: 'bench',
    method: one.method,
    pathTemplate: one.path,
    baseline: one.baseline.slice(0, answers),
    candidate: one.candidate.slice(0, answers),
  };
  const [compared] = compareSession([pair], { intermittent });
  if (compared === undefined) throw new Error('a comparison of one pair is one');
  return compared;
}
