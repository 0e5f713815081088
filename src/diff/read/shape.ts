/**
 * What the items of a large list have in common where they are not looked into one by one: which fields, of which
 * kinds, in how many of them. Bounded by the number of places and not by the number of items.
 */
export interface Shape {
  /** Kinds of values seen here, null aside. */
  readonly kinds: Set<string>;
  nulls: number;
  /** How many values stood here. */
  seen: number;
  /** How many of them were objects: a field in fewer of them is missing in some. */
  objects: number;
  readonly fields: Map<string, Shape>;
  items: Shape | null;
}

/** A place of the shape: its steps below the item (`null` for every item of a list), and what stands there. */
export interface ShapePlace {
  readonly steps: readonly (string | null)[];
  /** In words: `string`, `number or string`; empty where all are null. */
  readonly kinds: string;
  readonly nulls: boolean;
  /** Every object that could have the field has it. */
  readonly always: boolean;
}

export const mostShapePlaces = 2000;

export function newShape(): Shape {
  return { kinds: new Set(), nulls: 0, seen: 0, objects: 0, fields: new Map(), items: null };
}

/** By steps as JSON, the item itself first. Where the names of an object are those of a map, its values are one place. */
export function shapePlaces(
  shape: Shape,
  isMap: (names: readonly string[]) => boolean,
): ReadonlyMap<string, ShapePlace> {
  const found = new Map<string, ShapePlace>();
  const visit = (at: Shape, steps: readonly (string | null)[], always: boolean): void => {
    const kinds = [...at.kinds].sort().join(' or ');
    found.set(JSON.stringify(steps), { steps, kinds, nulls: at.nulls > 0, always });
    const within = at.items === null ? [] : [at.items];
    if (isMap([...at.fields.keys()])) within.push(...at.fields.values());
    else for (const [name, field] of at.fields) visit(field, [...steps, name], field.seen === at.objects);
    if (within.length > 0) visit(within.reduce(joined), [...steps, null], true);
  };
  visit(shape, [], true);
  return found;
}

function joined(one: Shape, other: Shape): Shape {
  const fields = new Map(one.fields);
  for (const [name, field] of other.fields) {
    const known = fields.get(name);
    fields.set(name, known === undefined ? field : joined(known, field));
  }
  return {
    kinds: new Set([...one.kinds, ...other.kinds]),
    nulls: one.nulls + other.nulls,
    seen: one.seen + other.seen,
    objects: one.objects + other.objects,
    fields,
    items:
      one.items === null ? other.items : other.items === null ? one.items : joined(one.items, other.items),
  };
}
