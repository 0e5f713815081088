import { isDeepStrictEqual } from 'node:util';

/** An entry of `metadata.managedFields`. */
export interface ManagedEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: FieldTree;
}

interface FieldTree {
  readonly [path: string]: FieldTree;
}

/**
 * Who owned what before we took fields over: what others own now, and of what they owned then the part that is ours
 * now. Where nobody else wrote meanwhile that is `original` itself, times included.
 */
export function withoutOurs(
  current: readonly ManagedEntry[],
  original: readonly ManagedEntry[],
  us: string,
): readonly ManagedEntry[] {
  const taken = current
    .filter(({ manager }) => manager === us)
    .reduce<FieldTree>((tree, { fieldsV1 = {} }) => union(tree, fieldsV1), {});
  const others = current.filter(({ manager }) => manager !== us);
  const kept = others.map((entry) => {
    const before = original.find((one) => isSame(one, entry));
    return before === undefined ? entry : giveBack(entry, before, taken);
  });
  const vanished = original
    .filter((before) => before.manager !== us && !others.some((entry) => isSame(entry, before)))
    .map((before) => giveBack({ ...before, fieldsV1: {} }, before, taken))
    .filter(({ fieldsV1 = {} }) => Object.keys(fieldsV1).length > 0);
  const restored = [...kept, ...vanished];
  const asBefore = original.filter(({ manager }) => manager !== us);
  const same = restored.length === asBefore.length && restored.every((entry) => asBefore.includes(entry));
  return same ? asBefore : restored;
}

function isSame(a: ManagedEntry, b: ManagedEntry): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.apiVersion === b.apiVersion &&
    a.subresource === b.subresource
  );
}

/** `before` itself where that is what comes out. */
function giveBack(entry: ManagedEntry, before: ManagedEntry, taken: FieldTree): ManagedEntry {
  const fieldsV1 = union(entry.fieldsV1 ?? {}, common(before.fieldsV1 ?? {}, taken));
  return isDeepStrictEqual(fieldsV1, before.fieldsV1 ?? {}) ? before : { ...entry, fieldsV1 };
}

function union(a: FieldTree, b: FieldTree): FieldTree {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(keys.map((key) => [key, union(a[key] ?? {}, b[key] ?? {})]));
}

/** Paths down to what both own. `.` is the item itself, and is nobody's to take. */
function common(a: FieldTree, b: FieldTree): FieldTree {
  const shared = Object.keys(a).filter((key) => key in b && key !== '.');
  const entries = shared.flatMap((key) => {
    const [left = {}, right = {}] = [a[key], b[key]];
    if (Object.keys(left).length === 0) return [[key, {}] as const];
    const below = common(left, right);
    return Object.keys(below).length === 0 ? [] : [[key, below] as const];
  });
  return Object.fromEntries(entries);
}
