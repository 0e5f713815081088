import type { Rule } from './rule.ts';

export const callsMultiplied: Rule = {
  id: 'calls-multiplied',
  severity: 'breaking',
  means: 'One request causes more calls to a service than before, steadily: the N+1 pattern.',
  effect: 'Each request costs the called service more, and gets slower with the size of the data.',
  rests: 'two answers a side',
  example: { before: { tax: 1 }, after: { tax: 12 }, place: 'calls:tax' },
  inverse: { before: { tax: 12 }, after: { tax: 1 }, gives: 'nothing' },
  applies: ({ kind }) => kind === 'calls',
};
