import { commonInputs } from './inputs.ts';
import type { RequestRule } from './rule.ts';

export const requestEnumNarrowed: RequestRule = {
  id: 'request-enum-narrowed',
  severity: 'breaking',
  means:
    'A value that a parameter or a place of the body could have is not in its list any more, or it has a list now.',
  effect: 'A client that sends such a value is refused.',
  example: {
    before: { parameters: [{ in: 'query', name: 'sort', schema: { enum: ['name', 'price'] } }] },
    after: { parameters: [{ in: 'query', name: 'sort', schema: { enum: ['name'] } }] },
    place: 'request:query.sort',
  },
  inverse: { gives: 'nothing' },
  find: (before, after) =>
    commonInputs(before, after).flatMap(({ was, is }) => {
      const [a, b] = [was.shape.values, is.shape.values];
      if (b === null || a?.every((value) => b.includes(value))) return [];
      return [{ place: was.place, before: a === null ? 'any value' : values(a), after: values(b) }];
    }),
};

function values(given: readonly string[]): unknown[] {
  return given.map((value) => JSON.parse(value) as unknown);
}
