import type { Rule } from './rule.ts';

export const valueChanged: Rule = {
  id: 'value-changed',
  severity: 'breaking',
  means: 'A value that is steady in the baseline is another one.',
  effect: 'A client shows or computes with another value.',
  rests:
    'seven answers a side; three or four where the value is too long to repeat by chance; two for a value that no healthy service has, such as a nil UUID',
  example: { before: { total: 12.5 }, after: { total: 12 }, place: '$.total' },
  inverse: { before: { total: 12 }, after: { total: 12.5 }, gives: 'value-changed' },
  applies: ({ kind }) => kind === 'value',
};
