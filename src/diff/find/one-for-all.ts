import { type Node, stringNode } from '../read/node.ts';
import type { Difference } from './difference.ts';
import { isIdLike } from './format.ts';
import { everyPlace, memberPlace } from './place.ts';
import type { ListRow } from './row.ts';

const leastItems = 3;
const needs = 4;

/** Items that each have an id of their own, made anew for each answer, and in the candidate all have the same one. */
export function oneIdForAll(list: ListRow, baseline: number): Difference | null {
  if (list.text || baseline < 2) return null;
  const arrays = list.answers.map((answer) => (answer?.node.kind === 'array' ? answer.node.items : []));
  const before = arrays.slice(0, baseline);
  const after = arrays.slice(baseline);
  const [first] = before[0] ?? [];
  const names = first?.kind === 'object' ? [...first.entries.keys()] : [null];
  for (const name of names) {
    const was = before.map((items) => idsOf(items, name));
    const is = after.map((items) => idsOf(items, name));
    if (was.length < 2 || is.length < 2) return null;
    const own = was.every((ids) => ids !== null && new Set(ids).size === ids.length);
    const shared = is.every((ids) => ids !== null && new Set(ids).size === 1);
    if (!own || !shared || new Set(was.flat()).size === was[0]?.length) continue;
    const every = everyPlace(list.place);
    return {
      kind: 'value',
      place: name === null ? every : memberPlace(every, name),
      before: stringNode(was[0]?.[0] ?? ''),
      after: stringNode(is[0]?.[0] ?? ''),
      needs,
      doubtful: false,
      seen: is.length,
      of: is.length,
      rests: Math.min(was.length, is.length),
      steady: 'in each baseline answer every item has an id of its own here',
    };
  }
  return null;
}

/** Null where there are too few items, or one has no id there. */
function idsOf(items: readonly Node[], name: string | null): readonly string[] | null {
  if (items.length < leastItems) return null;
  const ids: string[] = [];
  for (const item of items) {
    const node = name === null ? item : item.kind === 'object' ? item.entries.get(name) : undefined;
    if (node?.kind !== 'string' || !isIdLike(node.text)) return null;
    ids.push(node.text);
  }
  return ids;
}
