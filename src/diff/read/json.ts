import { createHash, type Hash } from 'node:crypto';
import { depthLimit, JsonCursor, Malformed } from './json-cursor.ts';
import { JsonOutline } from './json-outline.ts';
import type { Node, Rest } from './node.ts';
import { newShape } from './shape.ts';
import { firstItems, lastItems, Stride } from './stride.ts';

/** In a body of more characters than this, of each array and object only samples are looked into. */
const largeBody = 4 * 1024 * 1024;

export type Parsed =
  | { readonly kind: 'parsed'; readonly node: Node; readonly notes: readonly string[] }
  | { readonly kind: 'malformed'; readonly at: number; readonly message: string };

/** RFC 8259, strict, over the source text. Of duplicate keys all are kept, the later ones as `name (2)`. */
export function parseJson(text: string): Parsed {
  const notes = new Set<string>();
  try {
    const reader = new Reader(text, notes);
    return { kind: 'parsed', node: reader.document(), notes: [...notes] };
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'malformed', at: error.at, message: error.message };
    throw error;
  }
}

/** Of one text, once. */
class Reader {
  private readonly cursor: JsonCursor;
  private readonly outline: JsonOutline;
  private readonly notes: Set<string>;
  private readonly items: number;
  /** Characters of samples that may be read a second time, all in all: nested lists do not multiply the work. */
  private again: number;

  constructor(text: string, notes: Set<string>) {
    this.cursor = new JsonCursor(text);
    this.outline = new JsonOutline(this.cursor, notes);
    this.notes = notes;
    this.items = text.length > largeBody ? firstItems : Number.POSITIVE_INFINITY;
    this.again = text.length;
  }

  document(): Node {
    const { cursor } = this;
    cursor.space();
    const node = this.value(0);
    cursor.space();
    if (cursor.at < cursor.text.length)
      throw new Malformed(cursor.at, 'text after the end of the JSON value');
    return node;
  }

  private value(depth: number): Node {
    const { cursor } = this;
    const { at: start, code } = cursor;
    if (code === 0x7b || code === 0x5b) {
      if (depth >= depthLimit) return this.deep(start);
      return code === 0x7b ? this.object(start, depth) : this.array(start, depth);
    }
    if (code === 0x22) {
      const text = cursor.string();
      return { kind: 'string', raw: this.rawFrom(start), text };
    }
    const word = cursor.word();
    if (word !== null) return { kind: word === 'null' ? 'null' : 'boolean', raw: word };
    cursor.number();
    return { kind: 'number', raw: this.rawFrom(start) };
  }

  private array(start: number, depth: number): Node {
    const items: Node[] = [];
    const rest = this.members(
      0x5d,
      () => items.length < this.items,
      () => {
        items.push(this.value(depth + 1));
      },
      () =>
        this.restOf(0x5d, depth, () => {
          items.push(this.value(depth + 1));
        }),
    );
    return { kind: 'array', raw: this.rawFrom(start), items, rest };
  }

  private object(start: number, depth: number): Node {
    const entries = new Map<string, Node>();
    const member = (): void => {
      const key = this.cursor.key();
      entries.set(this.free(entries, key), this.value(depth + 1));
    };
    const rest = this.members(
      0x7d,
      () => entries.size < this.items,
      member,
      () => this.restOf(0x7d, depth, member),
    );
    return { kind: 'object', raw: this.rawFrom(start), entries, rest };
  }

  private free(entries: ReadonlyMap<string, Node>, key: string): string {
    if (!entries.has(key)) return key;
    this.notes.add('An object has a key twice; each of them is compared.');
    let count = 2;
    while (entries.has(`${key} (${count})`)) count += 1;
    return `${key} (${count})`;
  }

  /** Reads members up to `close`; what comes when `wanted` asks for no more is left to `rest`. */
  private members(close: number, wanted: () => boolean, read: () => void, rest: () => Rest): Rest | null {
    if (!this.cursor.enter(close)) return null;
    while (wanted()) {
      read();
      if (!this.cursor.more(close)) return null;
    }
    return rest();
  }

  /** The structure of all members to come, then the samples among them by `read`, then the hash of what is between. */
  private restOf(close: number, depth: number, read: () => void): Rest {
    const { cursor } = this;
    const begin = cursor.at;
    const shape = newShape();
    const stride = new Stride();
    let count = 0;
    do {
      const start = cursor.at;
      if (close === 0x7d) cursor.key();
      this.outline.note(shape, depth + 1);
      stride.see(count, start, cursor.at);
      count += 1;
    } while (cursor.more(close));
    const end = cursor.at;
    const hash = createHash('sha256');
    let from = begin;
    let sampled = 0;
    for (const { start, end: stop } of stride.chosen()) {
      if (stop - start > this.again) continue;
      this.again -= stop - start;
      cursor.at = start;
      read();
      sampled += 1;
      this.hash(hash, from, start);
      from = stop;
    }
    this.hash(hash, from, end);
    cursor.at = end;
    this.notes.add(
      `The body is larger than ${largeBody / 1024 / 1024} MiB: of a list of more than ${firstItems} items the first ${firstItems}, the last ${lastItems} and some evenly between are compared place by place; all others by their structure, and their values as one.`,
    );
    return { count: count - sampled, raw: `${count - sampled} items, SHA-256 ${hash.digest('hex')}`, shape };
  }

  /** In pieces, as a copy of the whole would double the memory; in UTF-16, as lone surrogates are not one in UTF-8. */
  private hash(hash: Hash, start: number, end: number): void {
    const { text } = this.cursor;
    const piece = 64 * 1024;
    for (let at = start; at < end; at += piece)
      hash.update(text.slice(at, Math.min(end, at + piece)), 'utf16le');
  }

  private deep(start: number): Node {
    this.outline.skipDeep();
    return { kind: 'opaque', raw: this.rawFrom(start), what: 'deep JSON' };
  }

  private rawFrom(start: number): string {
    return this.cursor.text.slice(start, this.cursor.at);
  }
}
