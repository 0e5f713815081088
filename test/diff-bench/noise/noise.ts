import type { Base } from '../base.ts';
import type { Random } from '../random.ts';
import {
  bare,
  change,
  isRecord,
  type Json,
  type Moment,
  type Path,
  type Site,
  sitesOf,
  type Tree,
  under,
  Vary,
  variations,
} from '../tree.ts';
import type { Names } from '../words.ts';

/** What a healthy service does by itself: the same on both sides. */
export interface NoiseOperator {
  readonly name: string;
  /** Null where the base has no place for it. */
  readonly apply: (base: Base, random: Random, names: Names, room: Room) => Base | null;
}

/** Where noise may be: near a regression if one wants it there, never where it would undo the regression. */
export interface Room {
  readonly near: Path | null;
  readonly allows: (path: Path, touches: Touch) => boolean;
}

/** `value` of a leaf, its `presence` (or null), the `members` or order of a list or map; `new` adds a field. */
export type Touch = 'value' | 'presence' | 'members' | 'new';

export type Draw = (moment: Moment) => Json | undefined;

const looked: ReadonlySet<Base['form']> = new Set(['json', 'text', 'csv', 'html', 'xml', 'ndjson', 'sse']);

/** A field of its own, new in some object of the body. */
export function newField(name: string, words: string, draw: Draw): NoiseOperator {
  return {
    name,
    apply: (base, random, names, room) => {
      const site = pickSite(base, random, room, 'new', ({ trees }) =>
        trees.every((tree) => isRecord(bare(tree))),
      );
      if (site === null) return null;
      const taken = new Set(site.trees.flatMap((tree) => Object.keys(bare(tree) as object)));
      const key = words
        .split('|')
        .map((one) => names.write(one))
        .find((one) => !taken.has(one));
      if (key === undefined) return null;
      const position = random.unit();
      return edited(base, site.path, (tree) =>
        insert(tree, key, position, new Vary('', name, (_, moment) => draw(moment))),
      );
    },
  };
}

/** A value that stood still begins to vary. */
export function valueNoise(
  name: string,
  fits: (value: Json) => boolean,
  make: (value: Json, moment: Moment) => Json | undefined,
  touches: Touch = 'value',
): NoiseOperator {
  return {
    name,
    apply: (base, random, _names, room) => {
      const site = pickSite(
        base,
        random,
        room,
        touches,
        ({ path, trees }) => path.length > 0 && trees.every((tree) => isPlain(tree) && fits(tree)),
      );
      return site === null ? null : edited(base, site.path, (tree) => new Vary(tree, name, make));
    },
  };
}

/** The members of an array, or of a map. */
export function listNoise(
  name: string,
  fits: (inner: Exclude<Tree, Vary>, site: Site) => boolean,
  make: (value: Json, moment: Moment) => Json | undefined,
): NoiseOperator {
  return {
    name,
    apply: (base, random, _names, room) => {
      const site = pickSite(base, random, room, 'members', (one) =>
        one.trees.every((tree) => variations(tree).length === 0 && fits(bare(tree), one)),
      );
      return site === null ? null : edited(base, site.path, (tree) => new Vary(tree, name, make));
    },
  };
}

export function headerNoise(name: string, header: string, draw: Draw): NoiseOperator {
  return {
    name,
    apply: (base) => {
      if (base.headers.some(([own]) => own === header)) return null;
      const value = new Vary('', name, (_, moment) => draw(moment));
      return { ...base, headers: [...base.headers, [header, value]] };
    },
  };
}

export function isPlain(tree: Tree): tree is null | boolean | number | string {
  return tree === null || typeof tree !== 'object';
}

function pickSite(
  base: Base,
  random: Random,
  { near, allows }: Room,
  touches: Touch,
  fits: (site: Site) => boolean,
): Site | null {
  if (!looked.has(base.form)) return null;
  const all = sitesOf(base.body).filter((site) => allows(site.path, touches) && fits(site));
  const parent = near?.slice(0, -1) ?? [];
  const close =
    near === null ? [] : all.filter(({ path }) => under(path, parent) && path.length <= parent.length + 1);
  const from = close.length > 0 ? close : all;
  return from.length === 0 ? null : random.pick(from);
}

export function edited(base: Base, path: Path, edit: (tree: Tree) => Tree | undefined): Base {
  const body = change(base.body, path, edit);
  return { ...base, body: body === undefined ? {} : body };
}

export function insert(tree: Tree, key: string, position: number, value: Tree): Tree {
  if (tree instanceof Vary) return new Vary(insert(tree.inner, key, position, value), tree.kind, tree.make);
  if (!isRecord(tree)) return tree;
  const entries = Object.entries(tree);
  entries.splice(Math.floor(position * (entries.length + 1)), 0, [key, value]);
  return Object.fromEntries(entries);
}
