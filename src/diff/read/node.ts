import { canonicalNumber } from './number.ts';
import type { Shape } from './shape.ts';

/**
 * A body as it was on the wire: numbers as their source text (no precision is lost), objects as maps (a key
 * `__proto__` is a key). `raw` is the source text where there is one: equal text is an equal value.
 */
export type Node = NullNode | BooleanNode | NumberNode | StringNode | ArrayNode | ObjectNode | OpaqueNode;

export type NullNode = { readonly kind: 'null'; readonly raw: string };
export type BooleanNode = { readonly kind: 'boolean'; readonly raw: string };
export type NumberNode = { readonly kind: 'number'; readonly raw: string };
export type StringNode = { readonly kind: 'string'; readonly raw: string; readonly text: string };
export type ArrayNode = {
  readonly kind: 'array';
  readonly raw: string;
  readonly items: readonly Node[];
  /** Items past the samples of a large body: counted, and compared by their structure and the hash of their text. */
  readonly rest: Rest | null;
  /** Child elements of one name; a single one stands at the name's own place. */
  readonly elements?: true;
  /** Rows of a table: the names of its columns in their order, by which some readers go. */
  readonly columns?: readonly string[];
};
export type ObjectNode = {
  readonly kind: 'object';
  readonly raw: string;
  readonly entries: ReadonlyMap<string, Node>;
  readonly rest: Rest | null;
  /** Parts of one header, with `raw` as it was sent; `open` where one more part takes nothing from anyone. */
  readonly parts?: 'open' | 'closed';
  /** An element of HTML or XML: the names of its children in the order of their first occurrence. */
  readonly element?: readonly string[];
};
/** What is not looked into: binary data, or JSON nested deeper than the limit. Compared by `raw`. */
export type OpaqueNode = { readonly kind: 'opaque'; readonly raw: string; readonly what: string };

export type Rest = { readonly count: number; readonly raw: string; readonly shape: Shape };

export type ScalarNode = NullNode | BooleanNode | NumberNode | StringNode;

export function isScalar(node: Node): node is ScalarNode {
  return node.kind !== 'array' && node.kind !== 'object' && node.kind !== 'opaque';
}

export function stringNode(text: string): StringNode {
  return { kind: 'string', raw: text, text };
}

export function numberNode(value: number): NumberNode {
  return { kind: 'number', raw: String(value) };
}

export function objectNode(entries: ReadonlyMap<string, Node>): ObjectNode {
  const raw = [...entries].map(([key, node]) => `${key.length}:${key}=${canonical(node)}`).join('\n');
  return { kind: 'object', raw, entries, rest: null };
}

export function arrayNode(items: readonly Node[], raw: string): ArrayNode {
  return { kind: 'array', raw, items, rest: null };
}

const known = new WeakMap<Node, string>();
const longest = 64;

/** Equal for equal values: keys sorted, numbers by value, white space gone. */
export function canonical(node: Node): string {
  // Short values cost less than to remember them.
  if (isScalar(node) && node.raw.length <= longest) return canonicalText(node);
  const before = known.get(node);
  if (before !== undefined) return before;
  const text = canonicalText(node);
  known.set(node, text);
  return text;
}

function canonicalText(node: Node): string {
  switch (node.kind) {
    case 'null':
    case 'boolean':
      return node.raw;
    case 'number':
      return canonicalNumber(node.raw);
    case 'string':
      return JSON.stringify(node.text);
    case 'opaque':
      return `<${node.what}>${node.raw}`;
    case 'array':
      return `[${node.items.map(canonical).join(',')}${node.rest === null ? '' : `…${node.rest.raw}`}]`;
    case 'object': {
      const parts = [...node.entries].map(([key, value]) => `${JSON.stringify(key)}:${canonical(value)}`);
      return `{${parts.sort().join(',')}${node.rest === null ? '' : `…${node.rest.raw}`}}`;
    }
  }
}
