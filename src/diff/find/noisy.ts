import type { Node } from '../read/node.ts';
import { type Difference, fewAnswers, manyAnswers, type UnderNoise } from './difference.ts';
import { type Seen, strayIds, strayNumbers } from './ids.ts';
import { measured, numbersUnderNoise } from './magnitude.ts';
import { difference, forgiven, type Sides } from './sides.ts';
import { textsUnderNoise } from './under-noise.ts';

/** An id that no longer agrees with the others of its pass. */
export function stray(sides: Sides, before: readonly Seen[], after: readonly Seen[]): Difference | null {
  const { view } = sides.context;
  const { place, name } = sides.row.place;
  const number = measured.test(name) ? null : strayNumbers(before, after, place, view);
  if (number !== null) {
    const steady = `every baseline answer repeats here the number of its own pass at ${number.site}`;
    const told = difference(sides, 'value', before[0]?.[1], after[0]?.[1], after.length, manyAnswers, steady);
    return { ...told, quiet: true };
  }
  const found = strayIds(before, after, place, view);
  if (found === null || found.strays.length === 0) return null;
  if (found.strays.length < after.length && !sides.context.intermittent) return null;
  const steady = `every baseline answer repeats here the id of its own pass at ${found.site}`;
  return difference(
    sides,
    'value',
    before[0]?.[1],
    found.strays[0]?.[1],
    found.strays.length,
    fewAnswers,
    steady,
  );
}

/** Of statuses that the baseline varies among, one that it never has is another one. */
export function otherStatus(
  sides: Sides,
  before: readonly Node[],
  after: readonly Node[],
): Difference | null {
  if (sides.row.place.area !== 'status') return null;
  const known = new Set(before.map(({ raw }) => raw));
  if (after.some(({ raw }) => known.has(raw))) return null;
  const steady = `the baseline answers ${[...known].sort().join(' or ')}`;
  return difference(sides, 'value', before[0], after[0], after.length, fewAnswers, steady);
}

export function underNoise(
  sides: Sides,
  before: readonly Node[],
  after: readonly Node[],
  sent: { readonly before: readonly (number | null)[]; readonly after: readonly (number | null)[] },
): Difference | null {
  const found: UnderNoise | null =
    textsUnderNoise(before, after, forgiven(sides, 'format')) ??
    numbersUnderNoise(before, after, sides.row.place.name, forgiven(sides, 'magnitude'), sent);
  if (found === null) return null;
  const { kind, needs, steady, quiet } = found;
  const told = difference(sides, kind, before[0], after[0], after.length, needs, steady);
  return quiet === undefined ? told : { ...told, quiet };
}
