import { canonical, type Node } from '../read/node.ts';
import { type Difference, manyAnswers } from './difference.ts';
import { isIdLike } from './format.ts';
import { namesIdentity } from './identity.ts';
import type { Noise } from './noise.ts';
import type { ListRow } from './row.ts';

const leastItems = 3;

type Answer = NonNullable<ListRow['answers'][number]>;

/** What still shows in a list that is another one each time: items that were always there, and items that come twice. */
export function membersBroken(list: ListRow, baseline: number, noise: Noise): Difference | null {
  if (list.text || !(noise.has(list.place, 'value') || noise.has(list.place, 'length'))) return null;
  const before = list.answers.slice(0, baseline).filter((answer) => answer !== null);
  const after = list.answers.slice(baseline).filter((answer) => answer !== null);
  const [first] = before;
  const [other] = after;
  if (first === undefined || other === undefined || before.length < 2 || after.length < 2) return null;
  const steady = coreGone(before, after) ?? doubled(before, after);
  if (steady === null) return null;
  return {
    kind: 'length',
    place: list.place,
    before: first.node,
    after: other.node,
    needs: manyAnswers,
    quiet: true,
    doubtful: false,
    seen: after.length,
    of: after.length,
    rests: Math.min(before.length, after.length),
    steady,
  };
}

/**
 * A list that grows has a core. Where half of the shortest answer stands in every baseline answer it is no sample, and what
 * of that no candidate answer has is gone.
 */
function coreGone(before: readonly Answer[], after: readonly Answer[]): string | null {
  const [first, ...others] = before.map(({ sure }) => new Set(sure));
  const core = [...(first ?? [])].filter((item) => others.every((set) => set.has(item)));
  const shortest = Math.min(...before.map(({ length }) => length));
  if (core.length === 0 || core.length * 2 < shortest) return null;
  const gone = core.filter((item) => after.every(({ order }) => !order.includes(item)));
  if (gone.length === 0) return null;
  return `every baseline answer has ${core.length} same items here, and no candidate answer has ${gone.length} of those`;
}

/** Where each item of every baseline answer has an id of its own, one that two items share in each candidate answer. */
function doubled(before: readonly Answer[], after: readonly Answer[]): string | null {
  const [item] = itemsOf(before[0]);
  const names = item?.kind === 'object' ? [...item.entries.keys()] : [null];
  const found = names.find((name) => {
    const own = before.every((answer) => distinct(itemsOf(answer), name) === true);
    return own && after.every((answer) => distinct(itemsOf(answer), name) === false);
  });
  if (found === undefined) return null;
  const what = found === null ? 'value' : JSON.stringify(found.slice(0, 40));
  return `in every baseline answer each item has another ${what}, and in no candidate answer`;
}

function itemsOf(answer: Answer | undefined): readonly Node[] {
  return answer?.node.kind === 'array' ? answer.node.items : [];
}

/** Null where there are too few items, or one has no id there: amounts are equal now and then. */
function distinct(items: readonly Node[], name: string | null): boolean | null {
  if (items.length < leastItems) return null;
  const values = new Set<string>();
  for (const item of items) {
    const node = name === null ? item : item.kind === 'object' ? item.entries.get(name) : undefined;
    if (node?.kind !== 'string' && node?.kind !== 'number') return null;
    if (name !== null && !namesIdentity(name) && !isIdLike(node.raw)) return null;
    values.add(canonical(node));
  }
  return values.size === items.length;
}
