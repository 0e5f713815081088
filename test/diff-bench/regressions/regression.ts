import type { RuleId, Severity } from '../../../src/diff/finding.ts';
import type { Base } from '../base.ts';
import { edited, isPlain, type Room, type Touch } from '../noise/noise.ts';
import type { Random } from '../random.ts';
import {
  bare,
  change,
  isRecord,
  type Json,
  type Path,
  placeOf,
  type Site,
  same,
  sitesOf,
  type Tree,
  under,
  Vary,
} from '../tree.ts';
import type { Names } from '../words.ts';

export type RegressionClass = 'structural' | 'value';

/** What a change is, for the score. */
export interface Truth {
  readonly operator: string;
  readonly kind: RegressionClass;
  /** A finding at one of these, by one of these rules, is the change. */
  readonly places: readonly string[];
  readonly rules: readonly RuleId[];
  readonly severities: readonly Severity[];
  /** Below these, findings tell of the same change: not right, not wrong, but one more than needed. */
  readonly touched: readonly string[];
}

export interface Plan {
  readonly truth: Truth;
  /** Where the body changes; null where it is not the body. */
  readonly subject: Path | null;
  readonly room: Room;
  /** Nothing else can be wrong with an answer that is changed so. */
  readonly alone: boolean;
  readonly apply: (base: Base) => Base;
}

export interface RegressionOperator {
  readonly name: string;
  readonly kind: RegressionClass;
  /** Null where the base has no place for it. */
  readonly plan: (base: Base, random: Random, names: Names) => Plan | null;
}

export const jsonLike: ReadonlySet<Base['form']> = new Set(['json', 'ndjson', 'sse']);
export const readable: ReadonlySet<Base['form']> = new Set([
  'json',
  'ndjson',
  'sse',
  'text',
  'csv',
  'html',
  'xml',
]);

const anyBodyRule: readonly RuleId[] = [
  'value-changed',
  'removed-field',
  'renamed-field',
  'type-changed',
  'format-changed',
  'null-introduced',
  'array-length-changed',
  'order-changed',
  'became-volatile',
  'leaked-field',
];

export interface Spec {
  readonly rules: readonly RuleId[];
  readonly severities?: readonly Severity[];
  /** In texts and tables too, not only in JSON. */
  readonly texts?: boolean;
  readonly fits: (site: Site, base: Base) => boolean;
  readonly edit: (tree: Tree, random: Random) => Tree | undefined;
  /** Whether noise of the value itself leaves the change to be seen. */
  readonly underNoise?: boolean;
  /** Other places of the same change. */
  readonly places?: (path: Path) => readonly Path[];
  readonly touched?: (path: Path) => readonly Path[];
}

/** A change of what stands at one place of the body. */
export function bodyRegression(name: string, kind: RegressionClass, spec: Spec): RegressionOperator {
  return {
    name,
    kind,
    plan: (base, random) => {
      if (!(spec.texts === true ? readable : jsonLike).has(base.form)) return null;
      const sites = sitesOf(base.body).filter((site) => site.path.length > 0 && spec.fits(site, base));
      if (sites.length === 0) return null;
      const { path } = random.pick(sites);
      const seed = random.fork('edit');
      const places = [path, ...(spec.places?.(path) ?? [])].map(placeOf);
      return {
        truth: truthOf(name, kind, base, spec, places, [path, ...(spec.touched?.(path) ?? [])].map(placeOf)),
        subject: path,
        room: { near: path, allows: roomFor(path, spec.underNoise === true) },
        alone: false,
        apply: (noisy) => edited(noisy, path, (tree) => spec.edit(tree, seed)),
      };
    },
  };
}

export function truthOf(
  operator: string,
  kind: RegressionClass,
  base: Base,
  spec: Pick<Spec, 'rules' | 'severities'>,
  places: readonly string[],
  touched: readonly string[],
): Truth {
  const severities = spec.severities ?? ['breaking'];
  if (jsonLike.has(base.form)) return { operator, kind, places, rules: spec.rules, severities, touched };
  // A text has no places that all would name alike: what counts is that the body is told.
  return {
    operator,
    kind,
    places: ['$…'],
    rules: [...new Set([...spec.rules, ...anyBodyRule])],
    severities,
    touched: ['$'],
  };
}

/** Where noise leaves the change to be seen. */
export function roomFor(subject: Path, underNoise: boolean): Room['allows'] {
  return (path: Path, touches: Touch): boolean => {
    if (touches === 'new') return !under(path, subject) || same(path, subject);
    if (touches === 'value') return underNoise ? true : !under(path, subject);
    if (touches === 'presence') return !under(path, subject) && !under(subject, path);
    return !under(path, subject) && !(subject.at(-1) === '*' && same(path, subject.slice(0, -1)));
  };
}

/** The value that all answers agree on is another one in the candidate. */
export function mapped(make: (value: Json) => Json | undefined): Spec['edit'] {
  return (tree) => new Vary(tree, 'regression', (value) => make(value));
}

export function leaf(fits: (value: null | boolean | number | string) => boolean): Spec['fits'] {
  return ({ trees }) => trees.every((tree) => isPlain(tree) && fits(tree));
}

/** Not all that stands here is of the kind, but one is: the change shows there. */
export function someLeaf(fits: (value: null | boolean | number | string) => boolean): Spec['fits'] {
  return ({ trees }) => trees.every(isPlain) && trees.some((tree) => isPlain(tree) && fits(tree));
}

export function record({ trees }: Site): boolean {
  return trees.every((tree) => isRecord(bare(tree)));
}

export function recordList({ trees }: Site): boolean {
  return (
    trees.length === 1 &&
    trees.every(
      (tree) =>
        Array.isArray(bare(tree)) &&
        (bare(tree) as Tree[]).length >= 2 &&
        (bare(tree) as Tree[]).every((item) => isRecord(bare(item))),
    )
  );
}

/** A field that every parent has. */
export function field(site: Site): boolean {
  return site.path.at(-1) !== '*' && site.trees.length === site.parents;
}

export function both(...all: readonly Spec['fits'][]): Spec['fits'] {
  return (site, base) => all.every((fits) => fits(site, base));
}

type Leaf = null | boolean | number | string;

/** One item of a list of records is changed, and all others are as they were. */
export function itemRegression(
  name: string,
  kind: RegressionClass,
  spec: Pick<Spec, 'rules' | 'severities'> & {
    readonly fits: (value: Leaf, key: string) => boolean;
    /** Undefined takes the field away. */
    readonly edit: (value: Leaf, random: Random) => Tree | undefined;
  },
): RegressionOperator {
  return {
    name,
    kind,
    plan: (base, random) => {
      if (!jsonLike.has(base.form)) return null;
      const options = sitesOf(base.body)
        .filter(recordList)
        .flatMap((site) => {
          const items = itemsOf(site.trees[0] ?? null);
          const index = random.int(0, Math.max(0, Math.floor(items.length / 2) - 1));
          const item = items[index];
          return !isRecord(item)
            ? []
            : Object.entries(item)
                .filter(([key, value]) => isPlain(value) && spec.fits(value, key))
                .map(([key]) => ({ site, index, key }));
        });
      if (options.length === 0) return null;
      const { site, index, key } = random.pick(options);
      const seed = random.fork('edit');
      const subject = [...site.path, '*', key];
      return {
        truth: truthOf(name, kind, base, spec, [placeOf(subject)], [placeOf(subject)]),
        subject,
        room: { near: subject, allows: roomFor(subject, false) },
        alone: false,
        apply: (noisy) =>
          edited(noisy, site.path, (tree) =>
            within(tree, (inner) =>
              Array.isArray(inner)
                ? inner.map((item, at) =>
                    at === index
                      ? (change(item, [key], (old) => (isPlain(old) ? spec.edit(old, seed) : old)) ?? item)
                      : item,
                  )
                : inner,
            ),
          ),
      };
    },
  };
}

export function itemsOf(tree: Tree): readonly Tree[] {
  const inner = bare(tree);
  return Array.isArray(inner) ? inner : [];
}

/** Changes what varies, and lets it vary as before. */
export function within(tree: Tree, edit: (inner: Exclude<Tree, Vary>) => Tree): Tree {
  return tree instanceof Vary ? new Vary(within(tree.inner, edit), tree.kind, tree.make) : edit(tree);
}
