import type { RuleId, Severity } from '../../../src/diff/finding.ts';
import type { Base } from '../base.ts';
import { edited, isPlain } from '../noise/noise.ts';
import type { Random } from '../random.ts';
import {
  isRecord,
  type Json,
  type Path,
  placeOf,
  type Site,
  sitesOf,
  type Tree,
  under,
  Vary,
} from '../tree.ts';
import {
  bodyRegression,
  itemsOf,
  type Plan,
  type RegressionOperator,
  readable,
  truthOf,
  within,
} from './regression.ts';

interface ListSpec {
  readonly rules: readonly RuleId[];
  readonly severities?: readonly Severity[];
  readonly fits?: (items: readonly Tree[]) => boolean;
  readonly edit: (items: Tree[], random: Random) => Tree;
  readonly place?: 'list' | 'items' | 'either' | 'within';
}

/** Lists whose members or order are others. What stands in the items is touched by it. */
function list(name: string, spec: ListSpec): RegressionOperator {
  return {
    name,
    kind: 'value',
    plan: (base, random): Plan | null => {
      if (!readable.has(base.form)) return null;
      const sites = sitesOf(base.body).filter(
        (site) =>
          isList(site) &&
          itemsOf(site.trees[0] ?? null).length >= 2 &&
          (spec.fits ?? always)(itemsOf(site.trees[0] ?? null)),
      );
      if (sites.length === 0) return null;
      const { path } = random.pick(sites);
      const seed = random.fork('edit');
      const items = [...path, '*'];
      const places = { list: [path], items: [items], either: [path, items], within: [path, items] }[
        spec.place ?? 'list'
      ].map(placeOf);
      // An item that is another one may as well be called one whose fields are others.
      if (spec.place === 'within') places.push(`${placeOf(items)}…`);
      return {
        truth: truthOf(name, 'value', base, framed(base, spec), places, [placeOf(path)]),
        subject: path,
        room: { near: items, allows: roomForList(path) },
        alone: false,
        apply: (noisy) =>
          edited(noisy, path, (tree) =>
            within(tree, (inner) => (Array.isArray(inner) ? spec.edit(inner, seed.fork('again')) : inner)),
          ),
      };
    },
  };
}

/** No frames are no body. */
function framed(base: Base, spec: ListSpec): ListSpec {
  return base.form === 'ndjson' || base.form === 'sse'
    ? { ...spec, rules: [...spec.rules, 'removed-field'] }
    : spec;
}

const always = (): boolean => true;

function isList({ trees }: Site): boolean {
  return trees.length === 1 && itemsOf(trees[0] ?? null).length > 0;
}

/** The items may have noise of their own, but not in what tells them apart. */
function roomForList(subject: Path): Plan['room']['allows'] {
  return (path, touches) => {
    if (touches === 'new') return true;
    if (touches === 'members') return !under(path, subject) && !under(subject, path);
    if (touches === 'presence') return !under(path, subject) && !under(subject, path);
    return !under(path, subject);
  };
}

const different = (items: readonly Tree[]): boolean =>
  new Set(items.map((item) => JSON.stringify(item))).size === items.length;

function foreign(item: Tree, random: Random): Tree {
  if (isPlain(item))
    return typeof item === 'number' ? item + random.int(100, 999) : `${String(item)}-${random.hex(5)}`;
  if (!isRecord(item)) return item;
  return Object.fromEntries(
    Object.entries(item).map(([key, value]): [string, Tree] => {
      if (typeof value === 'number') return [key, value + random.int(100, 999)];
      if (typeof value === 'string')
        return [
          key,
          value.startsWith('http') || /^\d{4}-/.test(value) ? value : `${value.slice(0, 30)}${random.hex(4)}`,
        ];
      return [key, value];
    }),
  );
}

const order: Pick<ListSpec, 'rules' | 'severities' | 'fits'> = {
  rules: ['order-changed', 'value-changed'],
  fits: (items) => different(items) && items.length >= 3,
};

export const lists: readonly RegressionOperator[] = [
  list('reversed-sort', { ...order, place: 'either', edit: (items) => items.toReversed() }),
  list('two-items-swapped', {
    ...order,
    place: 'either',
    edit: (items) => [items[1] ?? null, items[0] ?? null, ...items.slice(2)],
  }),
  list('rotated', { ...order, place: 'either', edit: (items) => [...items.slice(1), items[0] ?? null] }),
  list('sort-lost', {
    rules: ['order-changed', 'became-volatile'],
    severities: ['breaking', 'suspicious'],
    fits: (items) => different(items) && items.length >= 4,
    edit: (items) =>
      new Vary(items, 'regression', (value, { random }) =>
        Array.isArray(value) ? random.shuffle(value) : value,
      ),
  }),
  list('last-item-missing', { rules: ['array-length-changed'], edit: (items) => items.slice(0, -1) }),
  list('first-item-missing', { rules: ['array-length-changed'], edit: (items) => items.slice(1) }),
  list('middle-item-missing', {
    rules: ['array-length-changed'],
    fits: (items) => items.length >= 3,
    edit: (items) => items.filter((_, at) => at !== Math.floor(items.length / 2)),
  }),
  list('duplicated-item', { rules: ['array-length-changed'], edit: (items) => [items[0] ?? null, ...items] }),
  list('foreign-item-added', {
    rules: ['array-length-changed'],
    edit: (items, random) => [...items, foreign(items[0] ?? null, random)],
  }),
  list('foreign-item-instead', {
    rules: ['value-changed', 'array-length-changed'],
    place: 'within',
    edit: (items, random) => [...items.slice(0, -1), foreign(items.at(-1) ?? null, random)],
  }),
  list('page-off-by-one', {
    rules: ['value-changed', 'array-length-changed', 'order-changed'],
    place: 'within',
    fits: (items) => items.length >= 3 && different(items),
    edit: (items, random) => [...items.slice(1), foreign(items.at(-1) ?? null, random)],
  }),
  list('list-emptied', { rules: ['array-length-changed'], edit: () => [] }),
  list('list-cut', {
    rules: ['array-length-changed'],
    fits: (items) => items.length >= 4,
    edit: (items) => items.slice(0, 2),
  }),
  bodyRegression('list-filled', 'value', {
    rules: ['array-length-changed'],
    fits: ({ trees }) => trees.every((tree) => Array.isArray(tree) && tree.length === 0),
    edit: (): Json => ['unexpected'],
  }),
];
