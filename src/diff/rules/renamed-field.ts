import type { Rule } from './rule.ts';

export const renamedField: Rule = {
  id: 'renamed-field',
  severity: 'breaking',
  means: 'A field is gone, and what it held stands under another name or at another place.',
  effect: 'A client that reads the old name finds nothing.',
  rests: 'two answers a side',
  example: { before: { total: 12.5 }, after: { amount: 12.5 }, place: '$.total' },
  inverse: { before: { amount: 12.5 }, after: { total: 12.5 }, gives: 'renamed-field' },
  applies: ({ kind }) => kind === 'moved',
};
