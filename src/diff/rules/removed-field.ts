import type { Rule } from './rule.ts';

export const removedField: Rule = {
  id: 'removed-field',
  severity: 'breaking',
  means: 'A field that every baseline answer has is in no answer of the candidate.',
  effect: 'A client that reads the field finds nothing.',
  rests: 'seven answers a side, as presence may be a matter of chance',
  example: { before: { id: 7, total: 12.5 }, after: { id: 7 }, place: '$.total' },
  inverse: { before: { id: 7 }, after: { id: 7, total: 12.5 }, gives: 'added-field' },
  applies: ({ kind }) => kind === 'removed',
};
