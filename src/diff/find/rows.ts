import { canonical, isScalar, type Node } from '../read/node.ts';
import { chanceOfOneValue } from './chance.ts';
import { type Difference, fewAnswers, manyAnswers } from './difference.ts';
import { formatBroken } from './formats.ts';
import { renamedEverywhere, type Seen } from './ids.ts';
import { meaning } from './meaning.ts';
import { otherStatus, stray, underNoise } from './noisy.ts';
import { saysWhoAnswers } from './own.ts';
import { present, type Row, type Slot } from './row.ts';
import { difference, forgiven, type RowContext, type Sides, varies } from './sides.ts';

/** The first difference of a row, from the coarsest dimension to the finest; null where noise explains it all. */
export function rowDifference(row: Row, context: RowContext): Difference | null {
  const baselineSlots = inside(row.slots.slice(0, context.baseline));
  const candidateSlots = inside(row.slots.slice(context.baseline));
  if (baselineSlots.length === 0 || candidateSlots.length === 0) return null;
  const before = present(baselineSlots);
  const after = present(candidateSlots);
  const of = candidateSlots.length;
  const rests = Math.min(baselineSlots.length, of);
  const sides: Sides = { row, context, before, after, of, rests };
  if (before.length === 0) return added(sides);
  return presence(sides) ?? nullability(sides) ?? type(sides) ?? content(sides);
}

function added(sides: Sides): Difference | null {
  if (sides.after.length === 0 || forgiven(sides, 'presence')) return null;
  const steady = 'no baseline answer has it';
  const found = difference(
    sides,
    'added',
    undefined,
    sides.after[0],
    sides.after.length,
    manyAnswers,
    steady,
  );
  // A coin that fell the same way in all of the baseline: what was added is there each time.
  return { ...found, doubtful: sides.after.length < sides.of };
}

function presence(sides: Sides): Difference | null {
  if (forgiven(sides, 'presence')) return null;
  const gone = sides.of - sides.after.length;
  if (gone === 0) return null;
  const steady = 'every baseline answer has it';
  if (gone === sides.of || sides.context.intermittent) {
    return difference(sides, 'removed', sides.before[0], undefined, gone, manyAnswers, steady);
  }
  return varies(sides, 'presence', gone, undefined, steady);
}

function nullability(sides: Sides): Difference | null {
  const filled = sides.before.filter((node) => node.kind !== 'null');
  const nulls = sides.after.filter((node) => node.kind === 'null').length;
  if (sides.after.length === 0) return null;
  if (filled.length === 0) {
    if (nulls === sides.after.length || forgiven(sides, 'nullability')) return null;
    const value = sides.after.find((node) => node.kind !== 'null');
    const seen = sides.after.length - nulls;
    const steady = 'every baseline answer has null here';
    if (nulls === 0 || sides.context.intermittent) {
      return difference(sides, 'value', sides.before[0], value, seen, manyAnswers, steady);
    }
    return varies(sides, 'nullability', seen, value, steady);
  }
  if (nulls === 0 || forgiven(sides, 'nullability')) return null;
  const steady = 'no baseline answer has null here';
  const none = sides.after.find((node) => node.kind === 'null');
  if (nulls === sides.after.length || sides.context.intermittent) {
    return difference(sides, 'null', filled[0], none, nulls, manyAnswers, steady);
  }
  return varies(sides, 'nullability', nulls, none, steady);
}

function type(sides: Sides): Difference | null {
  const kinds = new Set(sides.before.filter((node) => node.kind !== 'null').map(kindOf));
  const others = sides.after.filter((node) => node.kind !== 'null' && !kinds.has(kindOf(node)));
  if (kinds.size !== 1 || others.length === 0 || forgiven(sides, 'type')) return null;
  const steady = `every baseline answer has ${article([...kinds][0] ?? '')} here`;
  const before = sides.before.find((node) => node.kind !== 'null');
  if (others.length === sides.after.length || sides.context.intermittent) {
    return difference(sides, 'type', before, others[0], others.length, fewAnswers, steady);
  }
  return varies(sides, 'type', others.length, others[0], steady);
}

function kindOf(node: Node): string {
  return node.kind === 'opaque' ? node.what : node.kind;
}

function content(given: Sides): Difference | null {
  const kind = given.before.find((node) => node.kind !== 'null')?.kind;
  const { baseline, view, intermittent } = given.context;
  const all = given.row.slots.flatMap((slot, answer): Seen[] =>
    typeof slot === 'string' || slot.kind !== kind || !(isScalar(slot) || slot.kind === 'opaque')
      ? []
      : [[answer, slot]],
  );
  const raw = {
    before: all.filter(([answer]) => answer < baseline),
    after: all.filter(([answer]) => answer >= baseline),
  };
  const before = raw.before.map(([answer, node]) => view.seen(answer, node));
  const after = raw.after.map(([answer, node]) => view.seen(answer, node));
  const first = before[0];
  if (first === undefined || after.length === 0) return null;
  const comparable = Math.min(before.length, after.length);
  const sides = comparable < fewAnswers ? { ...given, rests: comparable } : given;
  const format = forgiven(sides, 'format') ? null : formatBroken(before, after);
  if (format !== null && (format.seen === after.length || intermittent)) {
    return difference(sides, 'format', first, format.after, format.seen, format.needs, format.steady);
  }
  if (saysWhoAnswers(raw.before, raw.after, view)) return null;
  if (forgiven(sides, 'value'))
    return (
      otherStatus(sides, before, after) ??
      stray(sides, raw.before, raw.after) ??
      underNoise(sides, before, after, {
        before: raw.before.map(([answer]) => view.sent(answer)),
        after: raw.after.map(([answer]) => view.sent(answer)),
      })
    );
  const expected = meaning(first);
  const others = after.filter((node) => meaning(node) !== expected);
  const other = others[0];
  if (other === undefined) return form(sides, before, after);
  if (renamedEverywhere(raw.before, raw.after, sides.row.place.place, view)) return null;
  const steady = 'the baseline gives the same value each time';
  const variety = new Set(after.map(meaning)).size;
  if (variety === 1 || intermittent) {
    return difference(sides, 'value', first, other, others.length, valueNeeds(first, other), steady);
  }
  return varies(
    sides,
    'value',
    others.length,
    other,
    steady,
    chanceOfOneValue(before.length, countsOf(after)),
    variety,
  );
}

/** How often each value stands there. */
function countsOf(nodes: readonly Node[]): number[] {
  const counts = new Map<string, number>();
  for (const node of nodes) counts.set(meaning(node), (counts.get(meaning(node)) ?? 0) + 1);
  return [...counts.values()];
}

/** The same value, written in another way than the baseline's steady one. */
function form(sides: Sides, before: readonly Node[], after: readonly Node[]): Difference | null {
  const written = before[0];
  if (written === undefined || forgiven(sides, 'format')) return null;
  const others = after.filter((node) => canonical(node) !== canonical(written));
  if (others.length === 0) return null;
  const steady = 'the baseline writes this value in the same form each time';
  if (others.length === after.length || sides.context.intermittent)
    return difference(sides, 'format', written, others[0], others.length, manyAnswers, steady);
  return varies(sides, 'format', others.length, others[0], steady);
}

/** A value of many digits or characters does not repeat by chance. */
function valueNeeds(before: Node, after: Node): number {
  const entropy = (node: Node): number =>
    node.kind === 'number'
      ? node.raw.replace(/\D/g, '').replace(/^0+|0+$/g, '').length * 3
      : node.kind === 'string'
        ? node.text.length
        : 1;
  const least = Math.min(entropy(before), entropy(after));
  if (sameButForRounding(before, after)) return manyAnswers;
  return least >= 12 && before.kind === 'number' ? 3 : least > 24 ? 4 : manyAnswers;
}

/** A sum of floats hangs in its last digits on the order in which it was added up. */
function sameButForRounding(before: Node, after: Node): boolean {
  if (before.kind !== 'number' || after.kind !== 'number') return false;
  const [one, other] = [Number(before.raw), Number(after.raw)];
  return Math.abs(one - other) <= Math.abs(one) * 1e-12;
}

function inside(slots: readonly Slot[]): Slot[] {
  return slots.filter((slot) => slot !== 'outside');
}

function article(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
}
