import { diff as reference } from 'json-diff-ts';
import { expect, it } from 'vitest';
import fc from '../support/property.ts';
import { diff } from './support.ts';

/** docs/decisions/0005: an independent implementation, on the values that it can hold. */
it('sees a difference between two plain JSON values exactly where json-diff-ts does', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom('x', 'y', '1', null, true, false),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(name, tie('value'), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(value, value, (one, other) => {
      const before = { root: one };
      const after = { root: other };
      const changes = reference(before, after) as readonly unknown[];
      expect(diff([before, before], [after, after]).differs === 'none').toBe(changes.length === 0);
    }),
    { numRuns: 1000 },
  );
});
