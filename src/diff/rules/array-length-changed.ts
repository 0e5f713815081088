import type { Rule } from './rule.ts';

export const arrayLengthChanged: Rule = {
  id: 'array-length-changed',
  severity: 'breaking',
  means: 'A list whose length is steady in the baseline is longer or shorter.',
  effect: 'Items are missing, doubled or foreign.',
  rests: 'seven answers a side, as presence may be a matter of chance',
  example: { before: [1, 2, 3], after: [1, 2], place: '$' },
  inverse: { before: [1, 2], after: [1, 2, 3], gives: 'array-length-changed' },
  applies: ({ kind }) => kind === 'length',
};
