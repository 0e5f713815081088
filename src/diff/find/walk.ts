import { type Node, type ObjectNode, type StringNode, stringNode } from '../read/node.ts';
import { jsonWithin, jwtParts, urlParts } from '../read/parts.ts';
import { align } from './align.ts';
import { objectForm } from './maps.ts';
import { everyPlace, kindPlace, memberPlace, type Place, partPlace } from './place.ts';
import { walkRest } from './rest.ts';
import { type Found, type ListRow, present, type Slot } from './row.ts';

/**
 * Walks one value through all answers in lockstep and notes each thing that is not the same in all of them. Every
 * answer meets every other here: what differs among the baseline's own is noise, what differs between the sides may be
 * a finding. The first `baseline` slots are the baseline's.
 */
export function walk(place: Place, slots: readonly Slot[], baseline: number, found: Found): void {
  if (allSame(slots)) return;
  const nodes = present(slots);
  if (nodes.length === 0) return;
  if (stringsWithParts(place, slots, nodes, baseline, found)) return;
  found.rows.push({ place, slots });
  if (bothSides(slots, baseline, 'object')) walkObjects(place, slots, baseline, found);
  if (bothSides(slots, baseline, 'array')) walkArrays(place, slots, baseline, found);
}

/** Nothing to say: all answers that could have it have the same. */
function allSame(slots: readonly Slot[]): boolean {
  let first: Node | null = null;
  let absent = false;
  for (const slot of slots) {
    if (slot === 'outside') continue;
    if (slot === 'absent') absent = true;
    else if (first === null) first = slot;
    else if (!same(slot, first)) return false;
  }
  return first === null || !absent;
}

function same(one: Node, other: Node): boolean {
  return one === other || (one.kind === other.kind && one.raw === other.raw);
}

function bothSides(slots: readonly Slot[], baseline: number, kind: Node['kind']): boolean {
  const has = (slot: Slot): boolean => typeof slot !== 'string' && slot.kind === kind;
  return slots.slice(0, baseline).some(has) && slots.slice(baseline).some(has);
}

function walkObjects(place: Place, slots: readonly Slot[], baseline: number, found: Found): void {
  const objects = slots.map((slot) => (typeof slot !== 'string' && slot.kind === 'object' ? slot : null));
  const known = (list: readonly (ObjectNode | null)[]): ObjectNode[] => list.filter((node) => node !== null);
  const isElement = known(objects).some((node) => node.element !== undefined);
  if (isElement)
    found.lists.push(
      nameOrder(
        partPlace(place, 'order of elements'),
        objects,
        objects.map((node) => (node === null ? null : (node.element ?? []))),
      ),
    );
  const form =
    place.area === 'body' && !isElement
      ? objectForm(known(objects.slice(0, baseline)), known(objects))
      : 'record';
  if (form === 'map-with-new-keys') {
    const items = objects.map((node) => (node === null ? null : [...node.entries.values()]));
    walkColumns(everyPlace(place), items, baseline, found);
    return;
  }
  walkRest(place, objects, baseline, found);
  const keys = new Set(known(objects).flatMap((node) => [...node.entries.keys()]));
  for (const key of keys) {
    const member = (node: ObjectNode | null): Slot =>
      node === null ? 'outside' : (node.entries.get(key) ?? 'absent');
    const open = known(objects).some((node) => node.parts === 'open');
    const child =
      place.area !== 'body'
        ? { ...partPlace(place, key), ...(open ? { open: true as const } : {}) }
        : isElement && key === '#text'
          ? partPlace(place, 'text')
          : form === 'map'
            ? everyPlace(place)
            : memberPlace(place, key);
    walk(child, objects.map(member), baseline, found);
  }
}

/**
 * The order of names, of those that all answers have: the children of an element, of which repeated ones are lists of
 * their own, or the columns of a table.
 */
function nameOrder(
  place: Place,
  nodes: readonly (Node | null)[],
  orders: readonly (readonly string[] | null)[],
): ListRow {
  const names = orders.find((order) => order !== null) ?? [];
  const common = names.filter((name) => orders.every((order) => order === null || order.includes(name)));
  const answers = nodes.map((node, answer) => {
    const order = (orders[answer] ?? []).flatMap((name) => {
      const index = common.indexOf(name);
      return index < 0 ? [] : [index];
    });
    return node === null ? null : { length: order.length, order, sure: order, node };
  });
  return { place, answers, text: false };
}

function walkArrays(place: Place, slots: readonly Slot[], baseline: number, found: Found): void {
  const arrays = slots.map((slot) => (typeof slot !== 'string' && slot.kind === 'array' ? slot : null));
  walkRest(place, arrays, baseline, found);
  if (arrays.some((array) => array?.columns !== undefined)) {
    const orders = arrays.map((array) => array?.columns ?? null);
    found.lists.push(nameOrder(partPlace(place, 'order of columns'), arrays, orders));
  }
  const single = arrays.every((array) => array === null || (array.elements && array.items.length === 1));
  if (single) {
    const only = arrays.map((array): Slot => array?.items[0] ?? 'outside');
    walk(place, only, baseline, found);
    return;
  }
  const items = arrays.map((array) => array?.items ?? null);
  const every = everyPlace(place);
  const kinds = arrays.some((array) => array?.elements) && everyKindOnce(items);
  const orders = walkColumns(every, items, baseline, found, (_, slots) => {
    const kind = kinds ? classOf(present(slots)[0]) : null;
    return kind === null ? every : kindPlace(every, kind);
  });
  const answers = arrays.map((array, index) => {
    const length = (array?.items.length ?? 0) + (array?.rest?.count ?? 0);
    return array === null ? null : { length, node: array, ...(orders[index] ?? noOrder) };
  });
  found.lists.push({ place, answers, text: false });
}

/** Whether elements of one name are told apart by their class, as the fields of a record are by their names. */
function everyKindOnce(items: readonly (readonly Node[] | null)[]): boolean {
  return items.every((list) => {
    const kinds = (list ?? []).map(classOf);
    return !kinds.includes(null) && new Set(kinds).size === kinds.length;
  });
}

/** A class with digits may be data. */
function classOf(node: Node | undefined): string | null {
  const kind = node?.kind === 'object' ? node.entries.get('@class') : undefined;
  return kind?.kind === 'string' && /^[A-Za-z][A-Za-z _-]*$/.test(kind.text) ? kind.text : null;
}

interface Order {
  readonly order: readonly number[];
  readonly sure: readonly number[];
}

const noOrder: Order = { order: [], sure: [] };

/** Walks the aligned items, and returns for each answer the columns in the order of its items. */
function walkColumns(
  place: Place,
  items: readonly (readonly Node[] | null)[],
  baseline: number,
  found: Found,
  placeOf: (number: number, slots: readonly Slot[]) => Place = () => place,
): Order[] {
  const { columns, sure } = align(items, baseline);
  const orders = items.map((list) => (list === null ? [] : new Array<number>(list.length)));
  for (const [number, column] of columns.entries()) {
    for (const [answer, item] of column.entries()) {
      const order = orders[answer];
      if (item !== undefined && order !== undefined) order[item.index] = number;
    }
    const slots = items.map((_, answer): Slot => column[answer]?.node ?? 'outside');
    walk(placeOf(number, slots), slots, baseline, found);
  }
  return orders.map((order) => ({ order, sure: order.filter(sure) }));
}

const wholes = [
  ['json', jsonWithin],
  ['jwt', jwtParts],
  ['url', urlParts],
] as const;

/** Strings that hold JSON, a token of claims or a URL, and texts, are compared by what they hold. */
function stringsWithParts(
  place: Place,
  slots: readonly Slot[],
  nodes: readonly Node[],
  baseline: number,
  found: Found,
): boolean {
  if (slots.includes('absent')) return false;
  if (nodes.every((node) => node.kind === 'opaque' && node.what === 'text')) {
    walkText(place, slots, baseline, found);
    return true;
  }
  if (!nodes.every((node): node is StringNode => node.kind === 'string')) return false;
  for (const [part, read] of wholes) {
    const within = slots.map((slot) =>
      typeof slot === 'string' ? slot : slot.kind === 'string' ? read(slot.text) : null,
    );
    if (!within.every((slot) => slot !== null)) continue;
    if (part === 'url' && losesHost(within, baseline)) continue;
    const from = found.rows.length;
    walk(partPlace(place, part), within, baseline, found);
    for (const [index, row] of found.rows.entries())
      if (index >= from) found.rows[index] = { ...row, whole: slots };
    return true;
  }
  return false;
}

/** An address that is a path only in the candidate has lost its format: then it is one value. */
function losesHost(slots: readonly Slot[], baseline: number): boolean {
  const hasHost = (slot: Slot): boolean =>
    typeof slot === 'object' && slot.kind === 'object' && slot.entries.has('host');
  return present(slots.slice(0, baseline)).every(hasHost) && !present(slots.slice(baseline)).every(hasHost);
}

function walkText(place: Place, slots: readonly Slot[], baseline: number, found: Found): void {
  const items = slots.map((slot) => (typeof slot === 'string' ? null : slot.raw.split('\n').map(stringNode)));
  const counts = [...new Set(items.map((list) => list?.length ?? 0))];
  if (counts.length === 1) {
    for (let line = 0; line < (counts[0] ?? 0); line += 1) {
      walkLine(
        partPlace(place, `line ${line + 1}`),
        items.map((list): Slot => list?.[line] ?? 'outside'),
        baseline,
        found,
      );
    }
    return;
  }
  const orders = walkColumns(place, items, baseline, found, (column) =>
    partPlace(place, `line ${column + 1}`),
  );
  const answers = items.map((list, answer) => {
    const node = slots[answer];
    if (list === null || typeof node !== 'object') return null;
    return { length: list.length, node, ...(orders[answer] ?? noOrder) };
  });
  found.lists.push({ place, answers, text: true });
}

/** The words of a line vary one by one, where all answers have as many. */
function walkLine(place: Place, slots: readonly Slot[], baseline: number, found: Found): void {
  const words = slots.map((slot) =>
    typeof slot === 'string' || slot.kind !== 'string' ? null : slot.text.split(/([\s<>"'=,;:()&?/]+)/),
  );
  const counts = [...new Set(words.map((list) => list?.length ?? 0))];
  if (counts.length > 1) {
    walk(place, slots, baseline, found);
    return;
  }
  const from = found.rows.length;
  for (let word = 0; word < (counts[0] ?? 0); word += 1) {
    const part = words.map((list): Slot => (list === null ? 'outside' : stringNode(list[word] ?? '')));
    walk(partPlace(place, `word ${word + 1}`), part, baseline, found);
  }
  for (const [index, row] of found.rows.entries())
    if (index >= from) found.rows[index] = { ...row, whole: slots };
}
