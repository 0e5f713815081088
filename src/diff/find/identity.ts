import { canonical, type Node, type ObjectNode } from '../read/node.ts';

const bestNames = /^(?:id|_id|uuid|guid|key|sku|slug|code|.*(?:_id|Id|ID|uuid|Uuid|_key|Key|_code|Code))$/;
const goodNames = /^(?:name|title|email|handle|label|symbol|path|href|url)$/;

export function namesIdentity(name: string): boolean {
  return bestNames.test(name);
}

/** So many are tried; more than one is of use only where the best of them is what changed. */
const most = 3;

/**
 * The fields (or pairs of fields) by which items know each other again, the best first: a scalar in every item, different
 * in each item of an array, and with values that recur from answer to answer. Empty where there is none: ids made anew
 * for each answer are no identity.
 */
export function identitiesOf(
  arrays: readonly (readonly Node[] | null)[],
  baseline: number,
): ((node: Node) => string)[] {
  const lists: ObjectNode[][] = [];
  for (const items of arrays) {
    if (items === null) continue;
    const objects = items.filter((item) => item.kind === 'object');
    if (objects.length !== items.length) return [];
    lists.push(objects);
  }
  const first = lists.find((list) => list.length > 0)?.[0];
  if (first === undefined) return [];
  const names = [...first.entries.keys()].filter((name) =>
    lists.every((list) => list.every((item) => scalar(item, name) !== null)),
  );
  const baselineLists = arrays.slice(0, baseline).filter((items) => items !== null).length;
  const fits = (key: (node: Node) => string, named = false): boolean =>
    recurs(lists, baselineLists, key, named);
  const ranked = names.map((name) => ({ name, rank: rank(name, first) })).sort((a, b) => a.rank - b.rank);
  const found: ((node: Node) => string)[] = [];
  for (const { name, rank: place } of ranked) {
    if (found.length < most && fits(keyOf([name]), place === 0)) found.push(keyOf([name]));
  }
  if (found.length > 0) return found;
  const deeper = [...first.entries].flatMap(([name, member]) =>
    member.kind === 'object' ? [...member.entries.keys()].map((inner) => [name, inner]) : [],
  );
  for (const path of [...deeper.sort(byRank(first)), ...[...first.entries.keys()].map((name) => [name])]) {
    const key = withinOf(path);
    if (lists.every((list) => list.every((item) => key(item) !== '')) && fits(key)) return [key];
  }
  const some = ranked.slice(0, 6).map(({ name }) => name);
  for (const [index, one] of some.entries()) {
    for (const other of some.slice(index + 1)) if (fits(keyOf([one, other]))) return [keyOf([one, other])];
  }
  return [];
}

function keyOf(names: readonly string[]): (node: Node) => string {
  const [only = ''] = names;
  if (names.length === 1) return (node) => (node.kind === 'object' ? (scalar(node, only) ?? '') : '');
  return (node) => JSON.stringify(node.kind === 'object' ? names.map((name) => scalar(node, name)) : null);
}

/** What stands at a path, whole; empty where there is nothing, or nothing that could tell items apart. */
function withinOf(path: readonly string[]): (node: Node) => string {
  return (node) => {
    const end = path.reduce<Node | undefined>(
      (one, name) => (one?.kind === 'object' ? one.entries.get(name) : undefined),
      node,
    );
    return end === undefined || end.kind === 'null' || end.kind === 'boolean' ? '' : canonical(end);
  };
}

function byRank(item: ObjectNode): (one: readonly string[], other: readonly string[]) => number {
  const rankOf = ([name = '', inner = '']: readonly string[]): number => {
    const member = item.entries.get(name);
    return member?.kind === 'object' ? rank(inner, member) : 3;
  };
  return (one, other) => rankOf(one) - rankOf(other);
}

/** A number and the same digits in a string are one identity: a retyped id is still that id. */
function scalar(item: ObjectNode, name: string): string | null {
  const node = item.entries.get(name);
  if (node?.kind === 'string') return node.text;
  return node?.kind === 'number' ? node.raw : null;
}

function rank(name: string, item: ObjectNode): number {
  if (bestNames.test(name)) return 0;
  if (goodNames.test(name)) return 1;
  return item.entries.get(name)?.kind === 'string' ? 2 : 3;
}

/**
 * Whether at least half of each list's values stand in the baseline's first one with items or, as windows slide and
 * samples are drawn, in all its other lists together. What is named as an id needs to recur only
 * once: ids made anew for each answer never do.
 */
function recurs(
  lists: readonly ObjectNode[][],
  baseline: number,
  key: (node: Node) => string,
  named: boolean,
): boolean {
  const sets: Set<string>[] = [];
  for (const list of lists) {
    const set = new Set<string>();
    for (const item of list) {
      const value = key(item);
      if (set.has(value)) return false;
      set.add(value);
    }
    sets.push(set);
  }
  const reference = sets.slice(0, baseline).find((set) => set.size > 0) ?? sets.find((set) => set.size > 0);
  if (reference === undefined) return false;
  const half = (set: ReadonlySet<string>, others: ReadonlySet<string>): boolean => {
    const smaller = Math.min(set.size, others.size);
    let common = 0;
    for (const value of set) if (others.has(value)) common += 1;
    return smaller === 0 || common * 2 >= smaller || (named && common > 0);
  };
  if (sets.every((set) => half(set, reference))) return true;
  if (baseline < 2) return false;
  return sets.every((set, index) => half(set, unionOf(sets.slice(0, baseline), index)));
}

function unionOf(sets: readonly ReadonlySet<string>[], without: number): ReadonlySet<string> {
  return new Set(sets.flatMap((set, index) => (index === without ? [] : [...set])));
}
