import type { Base } from '../base.ts';
import { insert, isPlain } from '../noise/noise.ts';
import type { Random } from '../random.ts';
import { change, isRecord, type Path, placeOf, sitesOf, type Tree, under } from '../tree.ts';
import type { Names } from '../words.ts';
import { jsonLike, type Plan, type RegressionOperator, roomFor } from './regression.ts';

interface Move {
  readonly from: Path;
  /** Also right: the object that lost or gained fields as a whole. */
  readonly also?: readonly Path[];
  readonly touched: readonly Path[];
  readonly edit: (body: Tree) => Tree;
}

/** A field has another name or another place: one finding, at the old place. */
function move(
  name: string,
  plan: (base: Base, random: Random, names: Names) => readonly Move[],
): RegressionOperator {
  return {
    name,
    kind: 'structural',
    plan: (base, random, names): Plan | null => {
      if (!jsonLike.has(base.form)) return null;
      const options = plan(base, random, names);
      if (options.length === 0) return null;
      const { from, also = [], touched, edit } = random.pick(options);
      const allows = roomFor(from, true);
      return {
        truth: {
          operator: name,
          kind: 'structural',
          places: [from, ...also].map(placeOf),
          rules: ['renamed-field', 'removed-field'],
          severities: ['breaking'],
          touched: [from, ...also, ...touched].map(placeOf),
        },
        subject: from,
        room: {
          near: from,
          allows: (path, touches) =>
            allows(path, touches) && !touched.some((head) => under(path, head) && touches === 'presence'),
        },
        alone: false,
        apply: (noisy) => ({ ...noisy, body: edit(noisy.body) }),
      };
    },
  };
}

function fieldsOf(base: Base, fits: (trees: readonly Tree[]) => boolean): readonly Path[] {
  return sitesOf(base.body)
    .filter(
      ({ path, trees, parents }) =>
        path.length > 0 && path.at(-1) !== '*' && trees.length === parents && fits(trees),
    )
    .map(({ path }) => path);
}

const filled = (trees: readonly Tree[]): boolean => trees.every((tree) => isPlain(tree) && tree !== null);

function rename(body: Tree, path: Path, name: string): Tree {
  const parent = path.slice(0, -1);
  const key = path.at(-1) ?? '';
  const moved = change(body, parent, (tree) => {
    if (!isRecord(tree)) return tree;
    return Object.fromEntries(Object.entries(tree).map(([own, value]) => [own === key ? name : own, value]));
  });
  return moved ?? body;
}

function renames(
  base: Base,
  name: (key: string, random: Random) => string | null,
  random: Random,
): readonly Move[] {
  return fieldsOf(base, (trees) => trees.every((tree) => tree !== null)).flatMap((from) => {
    const key = from.at(-1) ?? '';
    const other = name(key, random);
    if (other === null || other === key) return [];
    const to = [...from.slice(0, -1), other];
    return [{ from, touched: [to], edit: (body: Tree) => rename(body, from, other) }];
  });
}

export const moves: readonly RegressionOperator[] = [
  move('rename-case', (base, random) =>
    renames(
      base,
      (key) => {
        if (key.includes('_')) return key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
        if (/[a-z][A-Z]/.test(key)) return key.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
        if (key.includes('-')) return key.replaceAll('-', '_');
        return null;
      },
      random,
    ),
  ),
  move('rename-synonym', (base, random, names) =>
    renames(
      base,
      () => names.write(random.pick(['entry value', 'main field', 'primary attribute', 'core element'])),
      random,
    ),
  ),
  move('rename-typo', (base, random) =>
    renames(base, (key) => (key.length < 5 ? null : key.slice(0, -2) + key.at(-1) + key.at(-2)), random),
  ),
  move('rename-plural', (base, random) =>
    renames(base, (key) => (key.endsWith('s') ? key.slice(0, -1) : `${key}s`), random),
  ),
  move('move-into-object', (base, _random, names) =>
    fieldsOf(base, filled).map((from) => {
      const holder = names.write('details');
      const key = from.at(-1) ?? '';
      const parent = from.slice(0, -1);
      return {
        from,
        touched: [[...parent, holder]],
        edit: (body: Tree) =>
          change(body, parent, (tree) => {
            const value = isRecord(tree) ? tree[key] : undefined;
            if (!isRecord(tree) || value === undefined) return tree;
            const rest = Object.fromEntries(Object.entries(tree).filter(([own]) => own !== key));
            return insert(rest, holder, 1, { [key]: value });
          }) ?? body,
      };
    }),
  ),
  move('move-to-parent', (base) =>
    fieldsOf(base, filled)
      .filter((from) => from.length > 1 && from.at(-2) !== '*')
      .map((from) => {
        const key = from.at(-1) ?? '';
        const holder = from.at(-2) ?? '';
        const above = from.slice(0, -2);
        return {
          from,
          touched: [
            [...above, key],
            [...above, `moved-${key}`],
          ],
          edit: (body: Tree) =>
            change(body, above, (tree) => {
              const inner = isRecord(tree) ? tree[holder] : undefined;
              if (!isRecord(tree) || !isRecord(inner)) return tree;
              const value = inner[key] ?? null;
              const rest = Object.fromEntries(Object.entries(inner).filter(([own]) => own !== key));
              return insert({ ...tree, [holder]: rest }, key in tree ? `moved-${key}` : key, 1, value);
            }) ?? body,
        };
      }),
  ),
  move('flatten-object', (base) =>
    fieldsOf(base, (trees) => trees.every((tree) => isRecord(tree) && Object.keys(tree).length > 1))
      .filter((from) => from.at(-1) !== '*')
      .map((from) => {
        const holder = from.at(-1) ?? '';
        const parent = from.slice(0, -1);
        const inner = sitesOf(base.body).filter(
          ({ path }) => path.length === from.length + 1 && under(path, from),
        );
        return {
          from,
          also: inner.map(({ path }) => path),
          touched: inner.map(({ path }) => [...parent, `${holder}-${path.at(-1)}`]),
          edit: (body: Tree) =>
            change(body, parent, (tree) => {
              const object = isRecord(tree) ? tree[holder] : undefined;
              if (!isRecord(tree) || !isRecord(object)) return tree;
              const rest = Object.entries(tree).filter(([own]) => own !== holder);
              return Object.fromEntries([
                ...rest,
                ...Object.entries(object).map(([key, value]) => [`${holder}-${key}`, value] as const),
              ]);
            }) ?? body,
        };
      }),
  ),
];
