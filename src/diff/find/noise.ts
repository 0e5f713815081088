import type { Dimension, VolatilePlace } from '../finding.ts';
import { canonical, isScalar, type Node } from '../read/node.ts';
import { isStrict, numberFormat, stringFormat } from './format.ts';
import { meaning } from './meaning.ts';
import type { Place } from './place.ts';
import { type Found, type ListRow, present, type Row } from './row.ts';
import type { View } from './view.ts';

/** Which dimensions of a place differ between two answers of the baseline. Those are forgiven, and no others. */
export class Noise {
  private readonly byKey = new Map<string, { readonly place: string; readonly dimensions: Set<Dimension> }>();

  add(place: Place, dimensions: Iterable<Dimension>): void {
    const known = this.byKey.get(place.key) ?? { place: place.place, dimensions: new Set<Dimension>() };
    for (const dimension of dimensions) known.dimensions.add(dimension);
    if (known.dimensions.size > 0) this.byKey.set(place.key, known);
  }

  has(place: Place, dimension: Dimension): boolean {
    return this.byKey.get(place.key)?.dimensions.has(dimension) ?? false;
  }

  /** Every volatile place once, sorted. */
  places(): VolatilePlace[] {
    const all = new Map<string, Set<Dimension>>();
    for (const { place, dimensions } of this.byKey.values()) {
      all.set(place, new Set([...(all.get(place) ?? []), ...dimensions]));
    }
    return [...all]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([place, dimensions]) => ({
        place,
        dimensions: dimensionOrder.filter((name) => dimensions.has(name)),
      }));
  }
}

const dimensionOrder: readonly Dimension[] = [
  'presence',
  'type',
  'nullability',
  'format',
  'length',
  'order',
  'magnitude',
  'value',
];

/** The noise of the baseline, told by its own answers alone. */
export function noiseOf(found: Found, baseline: number, view: View): Noise {
  const noise = new Noise();
  // One answer has nothing that it could differ from.
  if (baseline < 2) return noise;
  for (const row of found.rows) noise.add(row.place, rowNoise(row, baseline, view));
  for (const list of found.lists) noise.add(list.place, listNoise(list, baseline));
  return noise;
}

function rowNoise(row: Row, baseline: number, view: View): Set<Dimension> {
  const dimensions = new Set<Dimension>();
  const slots = row.slots.slice(0, baseline);
  const nodes = present(slots);
  if (nodes.length > 0 && slots.includes('absent')) dimensions.add('presence');
  const filled = nodes.filter((node) => node.kind !== 'null');
  if (filled.length > 0 && filled.length < nodes.length) dimensions.add('nullability');
  const kinds = new Set(filled.map((node) => node.kind));
  if (kinds.size > 1) dimensions.add('type');
  const seen = slots.flatMap((slot, answer) => (typeof slot === 'string' ? [] : [view.seen(answer, slot)]));
  const scalars = seen.filter((node) => isScalar(node) && node.kind !== 'null');
  const opaque = filled.filter((node) => node.kind === 'opaque');
  if (new Set(opaque.map(canonical)).size > 1) dimensions.add('value');
  if (new Set(scalars.map(canonical)).size > 1) {
    dimensions.add(new Set(scalars.map(meaning)).size > 1 ? 'value' : 'format');
    for (const dimension of scalarNoise(scalars)) dimensions.add(dimension);
  }
  return dimensions;
}

function* scalarNoise(nodes: readonly Node[]): Iterable<Dimension> {
  const texts = nodes.flatMap((node) => (node.kind === 'string' ? [node.text] : []));
  const numbers = nodes.flatMap((node) => (node.kind === 'number' ? [node.raw] : []));
  if (new Set(texts.map((text) => text.length)).size > 1) yield 'length';
  const formats = new Set([...texts.map(stringFormat), ...numbers.map(numberFormat)]);
  if (formats.size > 1 && [...formats].some(isStrict)) yield 'format';
  const sizes = numbers.map((text) => Math.abs(Number(text)));
  if (sizes.length > 1 && Math.max(...sizes) > 8 * Math.min(...sizes)) yield 'magnitude';
}

function listNoise(list: ListRow, baseline: number): Set<Dimension> {
  const dimensions = new Set<Dimension>();
  const answers = list.answers.slice(0, baseline).filter((answer) => answer !== null);
  const first = answers[0];
  if (first === undefined) return dimensions;
  for (const [index, answer] of answers.entries()) {
    if (answer.length !== first.length) dimensions.add('length');
    if (!sameMembers(answer.order, first.order)) dimensions.add('value');
    if (index === 0 || dimensions.has('order')) continue;
    const nearest = nearestOf(answers.slice(0, index), answer.sure);
    if (displaced(first.sure, answer.sure).size > 0 || displaced(nearest, answer.sure).size > 0)
      dimensions.add('order');
  }
  return dimensions;
}

/** Of several orders the one that shares most members, the first of those: windows slide, samples are drawn. */
export function nearestOf(
  answers: readonly { readonly sure: readonly number[] }[],
  order: readonly number[],
): readonly number[] {
  const members = new Set(order);
  let nearest: readonly number[] = [];
  let most = -1;
  for (const { sure } of answers) {
    const common = sure.reduce((count, member) => (members.has(member) ? count + 1 : count), 0);
    if (common > most) {
      nearest = sure;
      most = common;
    }
    if (most === members.size) break;
  }
  return nearest;
}

export function sameMembers(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return false;
  const members = new Set(one);
  return other.every((member) => members.has(member));
}

/** The common members that stand in another order; none where the order is the same. */
export function displaced(one: readonly number[], other: readonly number[]): Set<number> {
  const inOther = new Set(other);
  const inOne = new Set(one);
  const left = one.filter((member) => inOther.has(member));
  const right = other.filter((member) => inOne.has(member));
  return new Set(left.filter((member, index) => right[index] !== member));
}
