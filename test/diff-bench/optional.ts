import type { RuleId } from '../../src/diff/finding.ts';
import type { Base } from './base.ts';
import { type Moment, placeOf, realize, sitesOf } from './tree.ts';

/** A place of the truth that healthy answers leave out, or fill with null, now and then. */
export interface OptionalPlace {
  readonly place: string;
  readonly dimension: 'presence' | 'nullability';
}

/**
 * What is optional in the truth: drawn from the generator, past any answer that the case shows, and not from what smart
 * diff makes of them. A field that only some items of a list have is optional as well.
 */
export function optionalPlaces(base: Base, moments: readonly Moment[]): OptionalPlace[] {
  return sitesOf(base.body).flatMap(({ path, trees, parents }): OptionalPlace[] => {
    if (path.length === 0) return [];
    const member = path.at(-1) === '*';
    const drawn = moments.flatMap((moment) => trees.map((tree) => realize(tree, moment)));
    const filled = drawn.filter((value) => value !== undefined && value !== null).length;
    const place = placeOf(path);
    const nulls = drawn.filter((value) => value === null).length;
    return [
      ...(!member && (drawn.includes(undefined) || trees.length < parents)
        ? [{ place, dimension: 'presence' } as const]
        : []),
      ...(nulls > 0 && filled > 0 ? [{ place, dimension: 'nullability' } as const] : []),
    ];
  });
}

const rulesOf: Readonly<Record<OptionalPlace['dimension'], RuleId>> = {
  presence: 'removed-field',
  nullability: 'null-introduced',
};

/** “A field dropped where it is optional counts as presence, not as structure”: for truths and findings alike. */
export function countsAsPresence(
  one: { readonly place: string; readonly rule: string | null },
  optional: readonly OptionalPlace[],
): boolean {
  return optional.some(({ place, dimension }) => place === one.place && rulesOf[dimension] === one.rule);
}
