import type { Rule } from './rule.ts';

export const becameVolatile: Rule = {
  id: 'became-volatile',
  severity: 'suspicious',
  means: 'The baseline gives the same each time, the candidate does not.',
  effect: 'A client that caches, compares or retries sees answers that disagree.',
  rests: 'as many answers as luck needs to be ruled out, up to seven a side',
  example: { before: [{ total: 5 }, { total: 5 }], after: [{ total: 5 }, { total: 9 }], place: '$.total' },
  inverse: { before: [{ total: 5 }, { total: 9 }], after: [{ total: 5 }, { total: 5 }], gives: 'nothing' },
  applies: ({ kind }) => kind === 'varies',
};
