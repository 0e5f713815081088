import type { ArrayNode, Node, ObjectNode } from '../read/node.ts';
import { type ShapePlace, shapePlaces } from '../read/shape.ts';
import { isData } from './maps.ts';
import { everyPlace, memberPlace, type Place, partPlace } from './place.ts';
import type { Found, Slot } from './row.ts';

const unseen = 'in items past the samples';

/**
 * What a large list has past its samples: the text of all as one value, and their structure place by place: that a field
 * is there at all, that every item has it, that it is null in some, and its kinds.
 */
export function walkRest(
  place: Place,
  lists: readonly (ArrayNode | ObjectNode | null)[],
  baseline: number,
  found: Found,
): void {
  const rests = lists.map((node) => node?.rest ?? null);
  if (rests.every((rest) => rest === null)) return;
  const item = everyPlace(place);
  const push = (at: Place, part: string, slots: readonly Slot[]): void => {
    const texts = new Set(
      slots.map((slot) => (typeof slot === 'string' ? slot : `${slot.kind} ${what(slot)}`)),
    );
    texts.delete('outside');
    if (texts.size > 1) found.rows.push({ place: partPlace(at, part), slots });
  };
  push(
    item,
    'rest',
    rests.map((rest): Slot => (rest === null ? 'outside' : opaque('rest', rest.raw))),
  );
  const shapes = rests.map((rest) => (rest === null ? null : shapePlaces(rest.shape, isMap)));
  const all = new Map(shapes.flatMap((shape) => (shape === null ? [] : [...shape])));
  for (const [key, { steps }] of all) {
    const at = steps.reduce<Place>(
      (parent, step) => (step === null ? everyPlace(parent) : memberPlace(parent, step)),
      item,
    );
    const parent = JSON.stringify(steps.slice(0, -1));
    const row = (slot: (shape: ShapePlace) => Slot, absent: Slot): Slot[] =>
      shapes.map((shape) => {
        const here = shape?.get(key);
        if (here !== undefined) return slot(here);
        return shape?.has(parent) === true && steps.at(-1) !== null ? absent : 'outside';
      });
    push(
      at,
      `kinds ${unseen}`,
      row(({ kinds }) => (kinds === '' ? { kind: 'null', raw: 'null' } : opaque(kinds, unseen)), 'absent'),
    );
    const always = row((shape) => (shape.always ? opaque('field', 'in every item') : 'absent'), 'outside');
    if (always.slice(0, baseline).some((slot) => typeof slot !== 'string'))
      push(at, `presence ${unseen}`, always);
    const nulls = row(
      (shape) =>
        shape.nulls && shape.kinds !== '' ? { kind: 'null', raw: 'null' } : opaque('value', unseen),
      'outside',
    );
    if (nulls.slice(0, baseline).some((slot) => typeof slot !== 'string' && slot.kind !== 'null'))
      push(at, `null ${unseen}`, nulls);
  }
}

/** Keys that are data are one place; so many different names are data too. */
function isMap(names: readonly string[]): boolean {
  return names.length > 100 || (names.length > 0 && names.every(isData));
}

function opaque(kind: string, raw: string): Node {
  return { kind: 'opaque', what: kind, raw };
}

function what(node: Node): string {
  return node.kind === 'opaque' ? `${node.what} ${node.raw}` : node.raw;
}
