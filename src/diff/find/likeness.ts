import { canonical, type Node } from '../read/node.ts';

/** So many levels of an item are looked into to tell how like another one it is. */
const levels = 3;

/** What differs between the baseline's own answers of one item, by name; it says nothing of which item it is. */
export interface Noisy {
  whole: boolean;
  readonly members: Map<string, Noisy>;
}

/** `things`: each of them as the baseline's answers have it. */
export function noiseWithin(things: readonly (readonly Node[])[]): Noisy {
  const noisy: Noisy = { whole: false, members: new Map() };
  for (const [first, ...others] of things) {
    for (const other of others) if (first !== undefined) compareInto(noisy, first, other, levels);
  }
  return noisy;
}

function compareInto(noisy: Noisy, one: Node, other: Node, level: number): void {
  if (noisy.whole || one === other || canonical(one) === canonical(other)) return;
  if (level === 0 || one.kind !== 'object' || other.kind !== 'object') {
    noisy.whole = true;
    return;
  }
  for (const [key, value] of one.entries) {
    const member = other.entries.get(key);
    const known = noisy.members.get(key) ?? { whole: false, members: new Map<string, Noisy>() };
    noisy.members.set(key, known);
    if (member !== undefined) compareInto(known, value, member, level - 1);
  }
}

/** The share of what they hold that is equal, 0 to 1. */
export function likeness(one: Node, other: Node, noisy: Noisy | undefined): number {
  if (one.kind !== other.kind || (one.kind !== 'object' && one.kind !== 'array')) return 0;
  return common(one, other, levels, noisy) / Math.max(sizeOf(one, levels), sizeOf(other, levels), 1);
}

/** How many leaves are equal; one that is there and another, or noise, counts a little. */
function common(one: Node, other: Node, level: number, noisy: Noisy | undefined): number {
  if (one.kind === 'object' && other.kind === 'object' && level > 0 && noisy !== undefined) {
    let sum = 0;
    for (const [key, value] of one.entries) {
      const member = other.entries.get(key);
      const within = noisy.members.get(key);
      if (member !== undefined) sum += within?.whole ? 0.1 : common(value, member, level - 1, within);
    }
    return sum;
  }
  if (one === other || canonical(one) === canonical(other)) return sizeOf(one, level);
  if (level === 0) return 0.1;
  let sum = 0;
  if (one.kind === 'object' && other.kind === 'object') {
    for (const [key, value] of one.entries) {
      const member = other.entries.get(key);
      if (member !== undefined) sum += common(value, member, level - 1, undefined);
    }
    return sum;
  }
  if (one.kind !== 'array' || other.kind !== 'array') return 0.1;
  for (const [index, value] of one.items.entries()) {
    const member = other.items[index];
    if (member !== undefined) sum += common(value, member, level - 1, undefined);
  }
  return sum;
}

function sizeOf(node: Node, level: number): number {
  if (level === 0 || (node.kind !== 'object' && node.kind !== 'array')) return 1;
  let sum = 0;
  for (const member of node.kind === 'object' ? node.entries.values() : node.items)
    sum += sizeOf(member, level - 1);
  return Math.max(sum, 1);
}
