import { expect, test } from 'vitest';
import { allRights, nameOfRight, resourceName, wayOf, ways } from '../cluster-suite/faults/right-cases.ts';

test.each(allRights.map((right) => [nameOfRight(right), right] as const))(
  '%s: it is known where its lack is read',
  (_, right) => {
    expect(wayOf(right)).toBeDefined();
  },
);

test('no case stands for a right that no rule gives', () => {
  const given = new Set(allRights.map((right) => `${right.role} ${resourceName(right)} ${right.verb}`));
  const cases = Object.entries(ways).flatMap(([what, verbs]) =>
    Object.keys(verbs).map((verb) => `${what} ${verb}`),
  );
  expect(cases.filter((one) => !given.has(one))).toEqual([]);
});
