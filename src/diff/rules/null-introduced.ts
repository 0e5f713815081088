import type { Rule } from './rule.ts';

export const nullIntroduced: Rule = {
  id: 'null-introduced',
  severity: 'breaking',
  means: 'A place that is never null in the baseline is null.',
  effect: 'A client that reads into the value fails.',
  rests: 'seven answers a side, as presence may be a matter of chance',
  example: { before: { items: [] }, after: { items: null }, place: '$.items' },
  inverse: { before: { items: null }, after: { items: [] }, gives: 'value-changed' },
  applies: ({ kind }) => kind === 'null',
};
