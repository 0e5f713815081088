import { canonical, type Node } from '../read/node.ts';
import { type Difference, fewAnswers } from './difference.ts';
import { isStrict, stringFormat } from './format.ts';

/** A field that is gone here and new there is one difference where what it holds tells so. */
export function joinMoves(differences: readonly Difference[]): Difference[] {
  const removed = differences.filter(
    ({ kind, place }) => kind === 'removed' && place.area === 'body' && place.name !== '',
  );
  const added = differences.filter(
    ({ kind, place }) => kind === 'added' && place.area === 'body' && place.name !== '',
  );
  const pairs = removed
    .flatMap((from) => added.map((to) => ({ from, to, score: likeness(from, to) })))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score);
  const joined = new Map<Difference, Difference | null>();
  for (const { from, to } of pairs) {
    if (joined.has(from) || joined.has(to)) continue;
    joined.set(from, { ...from, kind: 'moved', to: to.place.place, after: to.after, needs: fewAnswers });
    joined.set(to, null);
  }
  return wraps(
    differences.flatMap((difference) => {
      const instead = joined.get(difference);
      return instead === undefined ? [difference] : instead === null ? [] : [instead];
    }),
  );
}

/** 0 for no relation. Equal content counts most, then the name; both in the same object before elsewhere. */
function likeness(from: Difference, to: Difference): number {
  const { before } = from;
  const { after } = to;
  if (before === undefined || after === undefined || before.kind !== after.kind) return 0;
  const siblings = parentOf(from) === parentOf(to);
  const named = plainName(from.place.name) === plainName(to.place.name);
  const equal = canonical(before) === canonical(after);
  if (siblings) {
    if (equal) return telling(before) ? 10 : named ? 9 : 4;
    if (named) return 8;
    return alike(before, after) ? 3 : 0;
  }
  if (equal && telling(before)) return named ? 7 : 2;
  return named && alike(before, after) ? 1 : 0;
}

function parentOf({ place }: Difference): string {
  return place.key.slice(0, place.key.lastIndexOf(place.name)).replace(/(?:\.|\[')$/, '');
}

/** `unit_price`, `unitPrice` and `UnitPrice` are one name. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Whether two equal values are hardly equal by chance. */
function telling(node: Node): boolean {
  if (node.kind === 'number') return node.raw.replace(/\D/g, '').length > 1;
  if (node.kind === 'string') return node.text.length > 1;
  return (
    (node.kind === 'object' && node.entries.size > 0) || (node.kind === 'array' && node.items.length > 0)
  );
}

/** The same strict format, or records with mostly the same fields. */
function alike(one: Node, other: Node): boolean {
  if (one.kind === 'string' && other.kind === 'string') {
    const format = stringFormat(one.text);
    return isStrict(format) && format === stringFormat(other.text);
  }
  if (one.kind !== 'object' || other.kind !== 'object') return false;
  const common = [...one.entries.keys()].filter((key) => other.entries.has(key)).length;
  return common > 0 && common * 2 >= Math.max(one.entries.size, other.entries.size);
}

/** Fields that moved together into a new object, or out of one, are one difference. */
function wraps(differences: readonly Difference[]): Difference[] {
  const into = absorb(differences, 'added', 'removed');
  return absorb(into, 'removed', 'added');
}

function absorb(
  differences: readonly Difference[],
  holder: 'added' | 'removed',
  loose: 'added' | 'removed',
): Difference[] {
  let rest = [...differences];
  for (const outer of differences) {
    const object = holder === 'added' ? outer.after : outer.before;
    if (outer.kind !== holder || object?.kind !== 'object' || outer.place.area !== 'body') continue;
    const members = rest.filter(({ kind, place, before, after }) => {
      const twin = object.entries.get(place.name);
      const own = before ?? after;
      return (
        kind === loose &&
        twin !== undefined &&
        own?.kind === twin.kind &&
        (telling(twin) || own.kind !== 'object')
      );
    });
    const first = members[0];
    if (first === undefined || members.some((member) => parentOf(member) !== parentOf(first))) continue;
    const within = parentOf(first);
    const moved: Difference =
      holder === 'removed'
        ? { ...outer, kind: 'moved', to: within, after: undefined, needs: fewAnswers }
        : {
            ...first,
            kind: 'moved',
            place:
              members.length === 1 ? first.place : { ...first.place, place: within, key: within, name: '' },
            to: members.length === 1 ? `${outer.place.place}.${first.place.name}` : outer.place.place,
            after: outer.after,
            needs: fewAnswers,
          };
    rest = rest.filter((difference) => difference !== outer && !members.includes(difference));
    rest.push(moved);
  }
  return rest;
}
