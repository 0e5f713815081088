import { canonical, type Node } from '../read/node.ts';
import { identitiesOf } from './identity.ts';
import { likeness, type Noisy, noiseWithin } from './likeness.ts';

/** The items of all answers that are one and the same thing; undefined where an answer has it not. */
export type Column = (AlignedItem | undefined)[];
export interface AlignedItem {
  readonly node: Node;
  /** Where it stood in its own array. */
  readonly index: number;
}

/** Above this many comparisons, items that are not equal are paired by their position. */
const assignmentLimit = 40_000;

export interface Alignment {
  readonly columns: readonly Column[];
  /** Whether the items of a column are known to be one thing: by identity, or as they are equal. */
  readonly sure: (column: number) => boolean;
}

type Identity = (node: Node) => string;

/**
 * Brings the items of several arrays together: by identity where one can be inferred, else by content. `arrays` has
 * one entry an answer, null where the answer has no array; the first `baseline` of them are the baseline's. Where an
 * identity leaves items of both sides alone, it may be what changed: then the alignment that leaves the fewest fields to
 * differ is the right one. An identity that only the baseline keeps is one that the candidate lost.
 */
export function align(arrays: readonly (readonly Node[] | null)[], baseline: number): Alignment {
  const identities = identitiesOf(arrays, baseline);
  const [identity] = identities;
  if (identity === undefined && baseline > 1) {
    const [own] = identitiesOf(arrays.slice(0, baseline), baseline);
    if (own !== undefined) {
      const { columns } = alignBy(arrays, baseline, own, true);
      return { columns, sure: (column) => allEqual(columns[column] ?? []) };
    }
  }
  const first = alignBy(arrays, baseline, identity ?? null, false);
  if (identity === undefined || !leavesBoth(first.columns, arrays, baseline)) return first;
  if (areSamples(first.columns, arrays, baseline)) return first;
  const others = [
    alignBy(arrays, baseline, identity, true),
    ...identities.slice(1).map((other) => alignBy(arrays, baseline, other, true)),
    alignBy(arrays, baseline, null, false),
  ];
  let best = first;
  let least = fieldsThatDiffer(first.columns, arrays, baseline);
  for (const other of others) {
    const cost = fieldsThatDiffer(other.columns, arrays, baseline);
    if (cost < least) {
      best = other;
      least = cost;
    }
  }
  return best;
}

function alignBy(
  arrays: readonly (readonly Node[] | null)[],
  baseline: number,
  identity: Identity | null,
  pairRest: boolean,
): Alignment {
  const columns: Column[] = [];
  for (const [answer, items] of arrays.entries()) {
    if (items === null) continue;
    const noisy = identity === null && answer >= baseline ? noiseOf(columns, baseline) : undefined;
    const placed = identity === null ? byContent(columns, items, noisy) : byKey(columns, items, identity);
    if (pairRest && answer >= baseline) pairRestOf(columns, items, placed, arrays.slice(0, baseline));
    for (const [index, node] of items.entries()) {
      const column = placed[index] ?? [];
      if (placed[index] === undefined) columns.push(column);
      column[answer] = { node, index };
    }
  }
  return { columns, sure: (column) => identity !== null || allEqual(columns[column] ?? []) };
}

/** What every baseline answer has and this one has under no such key, with what it has instead. */
function pairRestOf(
  columns: readonly Column[],
  items: readonly Node[],
  placed: (Column | undefined)[],
  baselineArrays: readonly (readonly Node[] | null)[],
): void {
  const gone = columns.filter(
    (column) =>
      !placed.includes(column) &&
      baselineArrays.every((array, answer) => array === null || column[answer] !== undefined),
  );
  const open = items.flatMap((node, index) => (placed[index] === undefined ? [{ node, index }] : []));
  const noisy = noiseOf(columns, baselineArrays.length);
  for (const { column, index } of assign(gone, open, noisy)) placed[index] = column;
}

/**
 * Where two answers of the baseline each have items that the other lacks, so may the candidate's: its identity did not
 * change as long as most of its items are known from the baseline.
 */
function areSamples(
  columns: readonly Column[],
  arrays: readonly (readonly Node[] | null)[],
  baseline: number,
): boolean {
  const answers = answersOf(arrays, 0, baseline);
  const lacks = (one: number, other: number): boolean =>
    columns.some((column) => column[one] === undefined && column[other] !== undefined);
  const drawn = answers.some((one) => answers.some((other) => lacks(one, other) && lacks(other, one)));
  if (!drawn) return false;
  let items = 0;
  let known = 0;
  for (const column of columns) {
    const count = column.slice(baseline).filter((item) => item !== undefined).length;
    items += count;
    if (answers.some((answer) => column[answer] !== undefined)) known += count;
  }
  return known * 2 >= items;
}

/** Whether a candidate answer both lacks items of the baseline and has others. */
function leavesBoth(
  columns: readonly Column[],
  arrays: readonly (readonly Node[] | null)[],
  baseline: number,
): boolean {
  const { gone, added } = unmatched(columns, arrays, baseline);
  return gone && added;
}

function unmatched(
  columns: readonly Column[],
  arrays: readonly (readonly Node[] | null)[],
  baseline: number,
): { readonly gone: boolean; readonly added: boolean } {
  const before = answersOf(arrays, 0, baseline);
  const after = answersOf(arrays, baseline, arrays.length);
  return {
    gone: columns.some(
      (column) =>
        before.every((answer) => column[answer] !== undefined) &&
        after.some((answer) => column[answer] === undefined),
    ),
    added: columns.some((column) => before.every((answer) => column[answer] === undefined)),
  };
}

function answersOf(arrays: readonly (readonly Node[] | null)[], from: number, to: number): number[] {
  return arrays.flatMap((array, answer) => (array !== null && answer >= from && answer < to ? [answer] : []));
}

/** How many fields differ between the sides that the baseline itself agrees on; items left alone count as one each way. */
function fieldsThatDiffer(
  columns: readonly Column[],
  arrays: readonly (readonly Node[] | null)[],
  baseline: number,
): number {
  const names = new Set<string>();
  for (const column of columns) {
    const before = column.slice(0, baseline).flatMap((item) => (item === undefined ? [] : [item.node]));
    const after = column.slice(baseline).flatMap((item) => (item === undefined ? [] : [item.node]));
    const model = before[0];
    if (model === undefined) continue;
    for (const node of after) {
      if (model.kind !== 'object' || node.kind !== 'object') {
        if (canonical(model) !== canonical(node)) names.add('');
        continue;
      }
      for (const [key, value] of model.entries) {
        const other = node.entries.get(key);
        const steady = before.every((one) => one.kind === 'object' && equal(one.entries.get(key), value));
        if (steady && !equal(other, value)) names.add(key);
      }
    }
  }
  const { gone, added } = unmatched(columns, arrays, baseline);
  return names.size + (gone ? 1 : 0) + (added ? 1 : 0);
}

function equal(one: Node | undefined, other: Node | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one === other ||
    (one.kind === other.kind && (one.raw === other.raw || canonical(one) === canonical(other)))
  );
}

function byKey(columns: readonly Column[], items: readonly Node[], key: Identity): (Column | undefined)[] {
  const known = new Map(columns.map((column) => [key(representative(column)), column]));
  return items.map((item) => known.get(key(item)));
}

function byContent(
  columns: readonly Column[],
  items: readonly Node[],
  noisy: Noisy | undefined,
): (Column | undefined)[] {
  const free = new Map<string, Column[]>();
  for (const column of columns) {
    const text = canonical(representative(column));
    free.set(text, [...(free.get(text) ?? []), column]);
  }
  const placed = items.map((item) => free.get(canonical(item))?.shift());
  const left = columns.filter((column) => free.get(canonical(representative(column)))?.includes(column));
  const open = items.flatMap((node, index) => (placed[index] === undefined ? [{ node, index }] : []));
  for (const { column, index } of assign(left, open, noisy)) placed[index] = column;
  return placed;
}

function assign(
  columns: readonly Column[],
  items: readonly AlignedItem[],
  noisy: Noisy | undefined,
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
      items.map((item) => ({
        column,
        item,
        score: likeness(representative(column), item.node, noisy),
      })),
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

function noiseOf(columns: readonly Column[], baseline: number): Noisy | undefined {
  return baseline < 2
    ? undefined
    : noiseWithin(
        columns.map((column) =>
          column.slice(0, baseline).flatMap((item) => (item === undefined ? [] : item.node)),
        ),
      );
}

function allEqual(column: Column): boolean {
  return new Set(column.flatMap((item) => (item === undefined ? [] : [canonical(item.node)]))).size === 1;
}

function representative(column: Column): Node {
  const first = column.find((item) => item !== undefined);
  if (first === undefined) throw new Error('a column without items');
  return first.node;
}
