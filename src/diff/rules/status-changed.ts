import type { Rule } from './rule.ts';

export const statusChanged: Rule = {
  id: 'status-changed',
  severity: 'breaking',
  means: 'The status code is another one.',
  effect: 'A client that acts on the status takes another path.',
  rests: 'two answers a side',
  example: { before: 200, after: 404, place: 'status' },
  inverse: { before: 404, after: 200, gives: 'status-changed' },
  applies: ({ place, kind }) => place.area === 'status' && kind !== 'no-answer' && kind !== 'varies',
};
