import { ownInputs } from './inputs.ts';
import type { RequestRule } from './rule.ts';

export const requestPartRemoved: RequestRule = {
  id: 'request-part-removed',
  severity: 'suspicious',
  means: 'A parameter or a field of the body is not taken any more.',
  effect: 'A client that sends it is refused, or its wish is passed over in silence.',
  example: {
    before: { parameters: [{ in: 'query', name: 'sort', schema: { type: 'string' } }] },
    after: {},
    place: 'request:query.sort',
  },
  inverse: { gives: 'nothing' },
  find: (before, after) =>
    after === null
      ? []
      : ownInputs(before, after).map(({ place, required }) => ({
          place,
          before: required ? 'required' : 'optional',
        })),
};
