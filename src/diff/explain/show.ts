import type { Node } from '../read/node.ts';
import { canonicalNumber } from '../read/number.ts';

const textLimit = 160;
const itemLimit = 5;
const depthLimit = 3;

/** A value as JSON of bounded size. A number that JavaScript cannot hold is shown as its text. */
export function show(node: Node, depth = 0): unknown {
  switch (node.kind) {
    case 'null':
      return null;
    case 'boolean':
      return node.raw === 'true';
    case 'number': {
      const value = Number(node.raw);
      return canonicalNumber(String(value)) === canonicalNumber(node.raw) ? value : cut(node.raw);
    }
    case 'string':
      return cut(node.text);
    case 'opaque':
      return cut(node.what === 'text' ? node.raw : `<${node.what}: ${node.raw}>`);
    case 'array': {
      const length = node.items.length + (node.rest?.count ?? 0);
      if (depth >= depthLimit) return `<${length} items>`;
      const items = node.items.slice(0, itemLimit).map((item) => show(item, depth + 1));
      return length > itemLimit ? [...items, `… ${length - itemLimit} more`] : items;
    }
    case 'object': {
      if (node.parts !== undefined) return cut(node.raw);
      const all = [...node.entries];
      if (depth >= depthLimit) return `<${all.length} fields>`;
      const shown = all
        .slice(0, itemLimit * 2)
        .map(([key, value]) => [cut(key), show(value, depth + 1)] as const);
      const more = all.length - shown.length + (node.rest?.count ?? 0);
      return Object.fromEntries(more > 0 ? [...shown, ['…', `${more} more`] as const] : shown);
    }
  }
}

function cut(text: string): string {
  const whole = text.toWellFormed();
  return whole.length <= textLimit
    ? whole
    : `${whole.slice(0, textLimit)}… (${whole.length} characters)`.toWellFormed();
}
