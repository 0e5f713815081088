import type { Rule } from './rule.ts';

export const noAnswer: Rule = {
  id: 'no-answer',
  severity: 'breaking',
  means:
    'The baseline answers the request and the candidate does not: a time-out, a broken connection, no HTTP.',
  effect: 'The client gets no answer at all.',
  rests: 'two answers a side',
  example: { before: { status: 200 }, after: null, place: 'status' },
  inverse: { before: null, after: { status: 200 }, gives: 'no-answer' },
  applies: ({ kind }) => kind === 'no-answer',
};
