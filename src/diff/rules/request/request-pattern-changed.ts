import { commonInputs } from './inputs.ts';
import type { RequestRule } from './rule.ts';

export const requestPatternChanged: RequestRule = {
  id: 'request-pattern-changed',
  severity: 'suspicious',
  means:
    'A parameter or a place of the body must match another pattern. Which of two takes more cannot be told.',
  effect: 'A client that sends what matched the other pattern may be refused.',
  example: {
    before: { parameters: [{ in: 'query', name: 'code', schema: { pattern: '^[a-z]+$' } }] },
    after: { parameters: [{ in: 'query', name: 'code', schema: { pattern: '^[a-f]+$' } }] },
    place: 'request:query.code',
  },
  inverse: { gives: 'request-pattern-changed' },
  find: (before, after) =>
    commonInputs(before, after).flatMap(({ was, is }) => {
      const [a, b] = [was.shape.pattern, is.shape.pattern];
      return b === null || a === b
        ? []
        : [{ place: was.place, ...(a === null ? {} : { before: a }), after: b }];
    }),
};
