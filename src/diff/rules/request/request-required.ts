import { commonInputs, ownInputs } from './inputs.ts';
import type { RequestRule } from './rule.ts';

export const requestRequired: RequestRule = {
  id: 'request-required',
  severity: 'breaking',
  means: 'A parameter, a field of the body or the body itself must be sent that could be left out.',
  effect: 'A client that leaves it out, as it may today, is refused.',
  example: {
    before: { parameters: [{ in: 'query', name: 'limit' }] },
    after: { parameters: [{ in: 'query', name: 'limit', required: true }] },
    place: 'request:query.limit',
  },
  inverse: { gives: 'nothing' },
  find: (before, after) => {
    if (after === null) return [];
    const became = commonInputs(before, after).filter(({ was, is }) => is.required && !was.required);
    const fresh = ownInputs(after, before).filter(({ required }) => required);
    return [
      ...(after.body === 'required' && before.body !== 'required'
        ? [{ place: 'request:body', before: before.body, after: 'required' }]
        : []),
      ...became.map(({ is }) => ({ place: is.place, before: 'optional', after: 'required' })),
      ...fresh.map(({ place }) => ({ place, after: 'required' })),
    ];
  },
};
