import type { Rule } from './rule.ts';

export const orderChanged: Rule = {
  id: 'order-changed',
  severity: 'breaking',
  means: 'The items of a list whose order is steady in the baseline come in another order.',
  effect: 'A client that takes the first item, or shows the list as it comes, shows something else.',
  rests:
    'as many answers as an unordered list needs to be ruled out: two for long lists, seven for two items',
  example: { before: [1, 2, 3], after: [3, 2, 1], place: '$' },
  inverse: { before: [3, 2, 1], after: [1, 2, 3], gives: 'order-changed' },
  applies: ({ kind }) => kind === 'order',
};
