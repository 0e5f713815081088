import { canonical, type Node } from '../read/node.ts';
import { identityOf } from './identity.ts';

/** The items of all answers that are one and the same thing; undefined where an answer has it not. */
export type Column = (AlignedItem | undefined)[];
export interface AlignedItem {
  readonly node: Node;
  /** Where it stood in its own array. */
  readonly index: number;
}

/** Above this many comparisons, items that are not equal are paired by their position. */
const assignmentLimit = 40_000;

/**
 * Brings the items of several arrays together: by identity where one can be inferred, else by content. `arrays` has
 * one entry an answer, null where the answer has no array; the first `baseline` of them are the baseline's.
 */
export function align(
  arrays: readonly (readonly Node[] | null)[],
  baseline: number,
): { readonly columns: Column[]; readonly sure: (column: number) => boolean } {
  const identity = identityOf(arrays, baseline);
  const columns: Column[] = [];
  for (const [answer, items] of arrays.entries()) {
    if (items === null) continue;
    const placed = identity === null ? byContent(columns, items) : byKey(columns, items, identity);
    for (const [index, node] of items.entries()) {
      const column = placed[index] ?? [];
      if (placed[index] === undefined) columns.push(column);
      column[answer] = { node, index };
    }
  }
  return { columns, sure: (column) => identity !== null || allEqual(columns[column] ?? []) };
}

function byKey(
  columns: readonly Column[],
  items: readonly Node[],
  key: (node: Node) => string,
): (Column | undefined)[] {
  const known = new Map(columns.map((column) => [key(representative(column)), column]));
  return items.map((item) => known.get(key(item)));
}

function byContent(columns: readonly Column[], items: readonly Node[]): (Column | undefined)[] {
  const free = new Map<string, Column[]>();
  for (const column of columns) {
    const text = canonical(representative(column));
    free.set(text, [...(free.get(text) ?? []), column]);
  }
  const placed = items.map((item) => free.get(canonical(item))?.shift());
  const left = columns.filter((column) => free.get(canonical(representative(column)))?.includes(column));
  const open = items.flatMap((node, index) => (placed[index] === undefined ? [{ node, index }] : []));
  for (const { column, index } of assign(left, open)) placed[index] = column;
  return placed;
}

function assign(
  columns: readonly Column[],
  items: readonly AlignedItem[],
): { column: Column; index: number }[] {
  const taken = new Set<Column>();
  const done = new Set<number>();
  const pairs: { column: Column; index: number }[] = [];
  const take = (column: Column, index: number): void => {
    if (taken.has(column) || done.has(index)) return;
    taken.add(column);
    done.add(index);
    pairs.push({ column, index });
  };
  if (columns.length * items.length <= assignmentLimit) {
    const scored = columns.flatMap((column) =>
      items.map((item) => ({ column, item, score: likeness(representative(column), item.node) })),
    );
    const near = (pair: { column: Column; item: AlignedItem }): number =>
      Math.abs((pair.column.find((item) => item !== undefined)?.index ?? 0) - pair.item.index);
    const best = scored
      .filter((pair) => pair.score > 0)
      .sort((a, b) => b.score - a.score || near(a) - near(b));
    for (const pair of best) take(pair.column, pair.item.index);
  }
  const left = columns.filter((column) => !taken.has(column));
  const open = items.filter((item) => !done.has(item.index));
  for (const [index, item] of open.entries()) {
    const column = left[index];
    if (column !== undefined) take(column, item.index);
  }
  return pairs;
}

/** The share of members that are equal, 0 to 1. */
function likeness(one: Node, other: Node): number {
  if (one.kind === 'object' && other.kind === 'object') {
    let equal = 0;
    for (const [key, value] of one.entries) {
      const member = other.entries.get(key);
      if (member !== undefined) equal += canonical(member) === canonical(value) ? 1 : 0.1;
    }
    return equal / Math.max(one.entries.size, other.entries.size, 1);
  }
  if (one.kind === 'array' && other.kind === 'array') {
    const equal = one.items.filter((item, index) => {
      const member = other.items[index];
      return member !== undefined && canonical(member) === canonical(item);
    }).length;
    return equal / Math.max(one.items.length, other.items.length, 1);
  }
  return 0;
}

function allEqual(column: Column): boolean {
  return new Set(column.flatMap((item) => (item === undefined ? [] : [canonical(item.node)]))).size === 1;
}

function representative(column: Column): Node {
  const first = column.find((item) => item !== undefined);
  if (first === undefined) throw new Error('a column without items');
  return first.node;
}
