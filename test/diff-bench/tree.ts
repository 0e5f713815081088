import type { Random } from './random.ts';

/** A body before it is answered: JSON with places that each answer fills anew. */
export type Tree = Json | Tree[] | { [key: string]: Tree } | Vary | Keyed;
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** One answer: its own draws, when it came, and what it says in several places at once. */
export interface Moment {
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Counts the requests that this side has answered. */
  readonly served: number;
  readonly host: string;
  readonly shared: Map<string, Json>;
}

/** What an answer makes of the value inside; undefined where it leaves it out. */
export class Vary {
  readonly inner: Tree;
  readonly kind: string;
  readonly make: (value: Json, moment: Moment) => Json | undefined;
  constructor(inner: Tree, kind: string, make: (value: Json, moment: Moment) => Json | undefined) {
    this.inner = inner;
    this.kind = kind;
    this.make = make;
  }
}

/** An object whose keys are data. */
export class Keyed {
  readonly entries: readonly (readonly [string, Tree])[];
  constructor(entries: readonly (readonly [string, Tree])[]) {
    this.entries = entries;
  }
}

export function isRecord(tree: Tree | undefined): tree is { [key: string]: Tree } {
  return (
    typeof tree === 'object' &&
    tree !== null &&
    !Array.isArray(tree) &&
    !(tree instanceof Vary) &&
    !(tree instanceof Keyed)
  );
}

/** What the tree is under its noise. */
export function bare(tree: Tree): Exclude<Tree, Vary> {
  return tree instanceof Vary ? bare(tree.inner) : tree;
}

/** What varies about the tree itself. */
export function variations(tree: Tree): string[] {
  return tree instanceof Vary ? [tree.kind, ...variations(tree.inner)] : [];
}

export function realize(tree: Tree, moment: Moment): Json | undefined {
  if (tree instanceof Vary) {
    const value = realize(tree.inner, moment);
    return value === undefined ? undefined : tree.make(value, moment);
  }
  if (tree instanceof Keyed) return fromEntries(tree.entries, moment);
  if (Array.isArray(tree)) {
    return tree.map((item) => realize(item, moment)).filter((item) => item !== undefined);
  }
  if (isRecord(tree)) return fromEntries(Object.entries(tree), moment);
  return tree;
}

function fromEntries(entries: readonly (readonly [string, Tree])[], moment: Moment): Json {
  const out: { [key: string]: Json } = {};
  for (const [key, member] of entries) {
    const value = realize(member, moment);
    if (value !== undefined) out[key] = value;
  }
  return out;
}

/** `*` stands for every item of an array and every value of a map. */
export type Path = readonly string[];

export interface Site {
  readonly path: Path;
  /** All trees that stand here; several under a `*`. */
  readonly trees: readonly Tree[];
  /** How many parents could have it. */
  readonly parents: number;
}

/** Every place of a tree, parents before children. */
export function sitesOf(tree: Tree): Site[] {
  const out: Site[] = [];
  const visit = (path: Path, trees: readonly Tree[], parents: number): void => {
    out.push({ path, trees, parents });
    const inner = trees.map(bare);
    const records = inner.filter(isRecord);
    const keys = new Set(records.flatMap((record) => Object.keys(record)));
    for (const key of keys) {
      const members = records.map((record) => record[key]).filter((member) => member !== undefined);
      visit([...path, key], members, records.length);
    }
    const items = inner.flatMap((one) =>
      Array.isArray(one) ? one : one instanceof Keyed ? one.entries.map(([, member]) => member) : [],
    );
    if (items.length > 0) visit([...path, '*'], items, items.length);
  };
  visit([], [tree], 1);
  return out;
}

/** Changes what stands at a path, everywhere it stands; undefined takes it away. */
export function change(tree: Tree, path: Path, edit: (tree: Tree) => Tree | undefined): Tree | undefined {
  if (tree instanceof Vary) {
    if (path.length === 0) return edit(tree);
    const inner = change(tree.inner, path, edit);
    return inner === undefined ? undefined : new Vary(inner, tree.kind, tree.make);
  }
  const [step, ...rest] = path;
  if (step === undefined) return edit(tree);
  const within = (member: Tree): Tree | undefined => change(member, rest, edit);
  if (tree instanceof Keyed) {
    const entries = tree.entries.map(([key, member]) => [key, within(member)] as const);
    return new Keyed(entries.filter((entry): entry is readonly [string, Tree] => entry[1] !== undefined));
  }
  if (Array.isArray(tree)) return tree.map(within).filter((item) => item !== undefined);
  if (!isRecord(tree)) return tree;
  const out: { [key: string]: Tree } = {};
  for (const [key, member] of Object.entries(tree)) {
    const value = key === step ? within(member) : member;
    if (value !== undefined) out[key] = value;
  }
  return out;
}

/** RFC 9535, as smart diff writes it. */
export function placeOf(path: Path): string {
  return path.reduce((place, step) => {
    if (step === '*') return `${place}[*]`;
    return /^[A-Za-z_\u0080-\uD7FF][A-Za-z0-9_\u0080-\uD7FF]*$/.test(step)
      ? `${place}.${step}`
      : `${place}['${step.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}']`;
  }, '$');
}

export function same(one: Path, other: Path): boolean {
  return one.length === other.length && one.every((step, at) => step === other[at]);
}

/** Whether `path` is `head` or below it. */
export function under(path: Path, head: Path): boolean {
  return same(path.slice(0, head.length), head);
}
