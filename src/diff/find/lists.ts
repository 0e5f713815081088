import { chanceOfSteadiness, doubtLimit } from './chance.ts';
import { type Difference, type DifferenceKind, manyAnswers } from './difference.ts';
import { displaced, type Noise, nearestOf, sameMembers } from './noise.ts';
import { everyPlace } from './place.ts';
import type { ListRow } from './row.ts';

/** One in so many lists in no order may look as if it had one. */
const orderLuck = 5000;

/** What an array is by itself: its length, its members, its order. */
export function listDifference(
  list: ListRow,
  baseline: number,
  noise: Noise,
  intermittent: boolean,
): Difference | null {
  const before = list.answers.slice(0, baseline).filter((answer) => answer !== null);
  const after = list.answers.slice(baseline).filter((answer) => answer !== null);
  const first = before[0];
  if (first === undefined || after.length === 0) return null;
  const report = (
    kind: DifferenceKind,
    others: typeof after,
    needs: number,
    steady: string,
  ): Difference | null => {
    if (others.length === 0) return null;
    const dimension = kind === 'length' || kind === 'order' ? kind : 'value';
    const partly = others.length < after.length && !intermittent;
    const doubtful =
      partly &&
      chanceOfSteadiness(before.length, after.length, after.length - others.length) > doubtLimit(dimension);
    return {
      kind: partly ? 'varies' : list.text ? 'value' : kind,
      place: kind === 'value' && !list.text ? everyPlace(list.place) : list.place,
      before: first.node,
      after: others[0]?.node,
      ...(partly ? { dimension } : {}),
      needs: doubtful ? manyAnswers : needs,
      doubtful,
      seen: others.length,
      of: after.length,
      rests: Math.min(before.length, after.length),
      steady,
    };
  };
  if (!noise.has(list.place, 'length')) {
    const others = after.filter((answer) => answer.length !== first.length);
    const longer = report(
      'length',
      others,
      manyAnswers,
      `every baseline answer has ${first.length} items here`,
    );
    if (longer !== null) return longer;
  } else if (before.every(({ length }) => length > 0) && after.every(({ length }) => length === 0)) {
    const emptied = report('length', after, manyAnswers, 'no baseline answer has an empty list here');
    if (emptied !== null) return { ...emptied, quiet: true };
  }
  if (!noise.has(list.place, 'value') && !noise.has(list.place, 'length')) {
    const others = after.filter((answer) => !sameMembers(answer.order, first.order));
    const foreign = report('value', others, manyAnswers, 'every baseline answer has the same items');
    if (foreign !== null) return foreign;
  }
  if (noise.has(list.place, 'order') || list.text) return null;
  const moved = after.map(({ sure }) => displaced(nearestOf(before, sure), sure));
  const others = after.filter((_, answer) => (moved[answer]?.size ?? 0) > 0);
  const widest = moved.reduce((one, other) => (other.size > one.size ? other : one), new Set<number>());
  const needs = orderNeeds(widest.size);
  const found = report('order', others, needs, 'every baseline answer has the same order');
  if (found === null) return null;
  const told = before.filter(({ sure }) => [...widest].every((member) => sure.includes(member))).length;
  const steady =
    told >= Math.min(needs, before.length) || ordered(before, new Set(moved.flatMap((one) => [...one])));
  return steady ? found : { ...found, doubtful: true, needs: manyAnswers };
}

/**
 * Whether the baseline's answers, where they share some of these members with one before them, agree too often for a list
 * in no order: windows slide, and no answer has all.
 */
function ordered(
  before: readonly { readonly sure: readonly number[] }[],
  members: ReadonlySet<number>,
): boolean {
  let sum = 0;
  for (const [index, { sure }] of before.entries()) {
    const common = new Set(nearestOf(before.slice(0, index), sure));
    sum += logOrders(sure.filter((member) => common.has(member) && members.has(member)).length);
  }
  return sum > 1.5 * Math.log(orderLuck);
}

/** In how many orders so many members can stand, as a logarithm. */
function logOrders(count: number): number {
  let sum = 0;
  for (let factor = 2; factor <= count; factor += 1) sum += Math.log(factor);
  return sum;
}

/** A list in no order repeats itself once in n! times: enough answers that this does not happen by luck. */
function orderNeeds(count: number): number {
  let orders = 1;
  for (let factor = 2; factor <= count; factor += 1) orders *= factor;
  return orders <= 1
    ? manyAnswers
    : Math.min(manyAnswers, 1 + Math.ceil(Math.log(orderLuck) / Math.log(orders)));
}
