import type { Rule } from './rule.ts';

export const typeChanged: Rule = {
  id: 'type-changed',
  severity: 'breaking',
  means: 'A place holds another JSON type: `1` became `"1"`, an object an array, JSON a text.',
  effect: 'A client that is strict about types fails, one that is not computes nonsense.',
  rests: 'two answers a side',
  example: { before: { price: 5 }, after: { price: '5' }, place: '$.price' },
  inverse: { before: { price: '5' }, after: { price: 5 }, gives: 'type-changed' },
  applies: ({ kind }) => kind === 'type',
};
