import type { RequestRule } from './rule.ts';

export const operationRemoved: RequestRule = {
  id: 'operation-removed',
  severity: 'breaking',
  means: 'An operation that the baseline’s document has is not in the candidate’s.',
  effect: 'A client that calls it is told that there is no such thing.',
  example: { before: {}, after: null, place: 'request' },
  inverse: { gives: 'nothing' },
  find: ({ method, path }, after) =>
    after === null ? [{ place: 'request', before: `${method} ${path}` }] : [],
};
