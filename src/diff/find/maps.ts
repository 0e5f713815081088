import type { Node, ObjectNode } from '../read/node.ts';
import { isIdLike, stringFormat } from './format.ts';

export type ObjectForm = 'record' | 'map' | 'map-with-new-keys';

/**
 * Tells a record (its keys are field names) from a map (its keys are data): a map where every key looks like an id, a
 * number or a date, or where the baseline's own keys come and go while all values are of one kind.
 */
export function objectForm(baseline: readonly ObjectNode[], all: readonly ObjectNode[]): ObjectForm {
  const filled = all.filter((node) => node.entries.size > 0);
  if (filled.length === 0) return 'record';
  const counts = new Map<string, number>();
  for (const node of baseline)
    for (const key of node.entries.keys()) counts.set(key, (counts.get(key) ?? 0) + 1);
  const steady = [...counts.values()].filter((count) => count === baseline.length).length;
  const named = all.every((node) => [...node.entries.keys()].every(isData));
  const comingAndGoing =
    baseline.length > 1 && counts.size >= 4 && steady * 2 <= counts.size && oneKind(baseline.flatMap(values));
  if (!named && !comingAndGoing) return 'record';
  if (baseline.length > 1) return steady * 2 < counts.size ? 'map-with-new-keys' : 'map';
  // One answer of the baseline, such as that of an item that came last, cannot tell whether its keys ever come again.
  const again = all.some(
    (node) => !baseline.includes(node) && [...node.entries.keys()].some((key) => counts.has(key)),
  );
  return again || counts.size === 0 ? 'map' : 'map-with-new-keys';
}

function values(node: ObjectNode): Node[] {
  return [...node.entries.values()];
}

function oneKind(nodes: readonly Node[]): boolean {
  return new Set(nodes.map(shape)).size === 1;
}

function shape(node: Node): string {
  return node.kind === 'object' ? `{${[...node.entries.keys()].sort().join()}}` : node.kind;
}

export function isData(key: string): boolean {
  if (/^\d+$/.test(key)) return true;
  const format = stringFormat(key);
  return format === 'date' || format === 'email' || format.startsWith('timestamp') || isIdLike(key);
}
