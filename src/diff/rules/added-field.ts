import type { Rule } from './rule.ts';

export const addedField: Rule = {
  id: 'added-field',
  severity: 'harmless',
  means: 'A field that no baseline answer has.',
  effect: 'Clients ignore fields that they do not know.',
  rests: 'seven answers a side, as presence may be a matter of chance',
  example: { before: { id: 7 }, after: { id: 7, note: 'gift' }, place: '$.note' },
  inverse: { before: { id: 7, note: 'gift' }, after: { id: 7 }, gives: 'removed-field' },
  applies: ({ kind }) => kind === 'added',
};
