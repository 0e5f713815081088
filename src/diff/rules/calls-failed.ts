import type { Rule } from './rule.ts';

export const callsFailed: Rule = {
  id: 'calls-failed',
  severity: 'breaking',
  means:
    'Calls to a service fail (5xx, broken off, no answer) that did not before, behind an answer that is no error: a neighbour hides it.',
  effect: 'The client gets a default or a part in place of what the service would have said.',
  rests: 'seven answers a side, as a service may fail by chance',
  example: { before: { pricing: 0 }, after: { pricing: 1 }, place: 'failures:pricing' },
  inverse: { before: { pricing: 1 }, after: { pricing: 0 }, gives: 'nothing' },
  applies: ({ kind }) => kind === 'failures',
};
