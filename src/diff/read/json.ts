import { createHash } from 'node:crypto';
import type { Node, Rest } from './node.ts';

/** Deeper than this, what follows is compared as text (design: a stated limit, never a stack overflow). */
const depthLimit = 200;
/** In a body of more characters than this, only the first items of each array and object are looked into. */
const largeBody = 4 * 1024 * 1024;
const largeBodyItems = 1000;

export type Parsed =
  | { readonly kind: 'parsed'; readonly node: Node; readonly notes: readonly string[] }
  | { readonly kind: 'malformed'; readonly at: number; readonly message: string };

class Malformed extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

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

/** Holds the position for the time of one parse. */
class Reader {
  private at = 0;
  private readonly text: string;
  private readonly notes: Set<string>;
  private readonly items: number;

  constructor(text: string, notes: Set<string>) {
    this.text = text;
    this.notes = notes;
    this.items = text.length > largeBody ? largeBodyItems : Number.POSITIVE_INFINITY;
  }

  document(): Node {
    this.space();
    const node = this.value(0);
    this.space();
    if (this.at < this.text.length) throw new Malformed(this.at, 'text after the end of the JSON value');
    return node;
  }

  private value(depth: number): Node {
    const start = this.at;
    const code = this.text.charCodeAt(start);
    if (code === 0x7b || code === 0x5b) {
      if (depth >= depthLimit) return this.deep(start);
      return code === 0x7b ? this.object(start, depth) : this.array(start, depth);
    }
    if (code === 0x22) {
      const text = this.string();
      return { kind: 'string', raw: this.text.slice(start, this.at), text };
    }
    if (this.text.startsWith('true', start)) return this.word('boolean', 'true');
    if (this.text.startsWith('false', start)) return this.word('boolean', 'false');
    if (this.text.startsWith('null', start)) return this.word('null', 'null');
    return this.number(start);
  }

  private word(kind: 'boolean' | 'null', raw: string): Node {
    this.at += raw.length;
    return { kind, raw };
  }

  private number(start: number): Node {
    const pattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    pattern.lastIndex = start;
    const match = pattern.exec(this.text);
    if (match === null) {
      const end = start >= this.text.length;
      throw new Malformed(start, end ? 'the JSON ends in the middle' : 'no JSON value');
    }
    this.at = pattern.lastIndex;
    return { kind: 'number', raw: match[0] };
  }

  private string(): string {
    const start = this.at;
    let escaped = false;
    for (let at = start + 1; at < this.text.length; at += 1) {
      const code = this.text.charCodeAt(at);
      if (code === 0x5c) {
        escaped = true;
        at += 1;
      } else if (code === 0x22) {
        this.at = at + 1;
        return escaped ? this.unescape(start, at + 1) : this.text.slice(start + 1, at);
      } else if (code < 0x20) throw new Malformed(at, 'a control character in a string');
    }
    throw new Malformed(start, 'the JSON ends in the middle of a string');
  }

  private unescape(start: number, end: number): string {
    try {
      return JSON.parse(this.text.slice(start, end)) as string;
    } catch {
      throw new Malformed(start, 'a string with an unknown escape');
    }
  }

  private array(start: number, depth: number): Node {
    const items: Node[] = [];
    const rest = this.members(
      0x5d,
      () => items.length < this.items,
      () => {
        items.push(this.value(depth + 1));
      },
    );
    return { kind: 'array', raw: this.text.slice(start, this.at), items, rest };
  }

  private object(start: number, depth: number): Node {
    const entries = new Map<string, Node>();
    const rest = this.members(
      0x7d,
      () => entries.size < this.items,
      () => {
        if (this.text.charCodeAt(this.at) !== 0x22) throw new Malformed(this.at, 'no key where one must be');
        const key = this.string();
        this.space();
        this.expect(0x3a);
        this.space();
        entries.set(this.free(entries, key), this.value(depth + 1));
      },
    );
    return { kind: 'object', raw: this.text.slice(start, this.at), entries, rest };
  }

  private free(entries: ReadonlyMap<string, Node>, key: string): string {
    if (!entries.has(key)) return key;
    this.notes.add('An object has a key twice; each of them is compared.');
    let count = 2;
    while (entries.has(`${key} (${count})`)) count += 1;
    return `${key} (${count})`;
  }

  /** Reads members up to `close`; those that `wanted` no longer asks for are skipped and counted. */
  private members(close: number, wanted: () => boolean, read: () => void): Rest | null {
    this.at += 1;
    this.space();
    if (this.text.charCodeAt(this.at) === close) {
      this.at += 1;
      return null;
    }
    for (;;) {
      if (!wanted()) return this.skipMembers(close);
      read();
      this.space();
      if (this.text.charCodeAt(this.at) === close) {
        this.at += 1;
        return null;
      }
      this.expect(0x2c);
      this.space();
    }
  }

  private skipMembers(close: number): Rest {
    const start = this.at;
    let count = 1;
    this.scan((code) => {
      if (code === 0x2c) count += 1;
    });
    const hash = this.hash(start, this.at);
    if (this.text.charCodeAt(this.at) !== close) throw new Malformed(this.at, 'a bracket that does not fit');
    this.at += 1;
    this.notes.add(
      `The body is larger than ${largeBody / 1024 / 1024} MiB: past the first ${largeBodyItems} items a list is compared by its length and text, not place by place.`,
    );
    return { count, raw: `${count} items, SHA-256 ${hash}` };
  }

  /** In pieces, as a copy of the whole would double the memory; in UTF-16, as lone surrogates are not one in UTF-8. */
  private hash(start: number, end: number): string {
    const hash = createHash('sha256');
    const piece = 64 * 1024;
    for (let at = start; at < end; at += piece)
      hash.update(this.text.slice(at, Math.min(end, at + piece)), 'utf16le');
    return hash.digest('hex');
  }

  private deep(start: number): Node {
    this.at += 1;
    this.scan(() => undefined);
    this.at += 1;
    this.notes.add(`JSON nested deeper than ${depthLimit} levels is compared as text.`);
    return { kind: 'opaque', raw: this.text.slice(start, this.at), what: 'deep JSON' };
  }

  /** Moves to the bracket that closes the one we are in, telling of each character at our own level. */
  private scan(see: (code: number) => void): void {
    let open = 0;
    while (this.at < this.text.length) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x22) {
        this.skipString();
        continue;
      }
      if (code === 0x7b || code === 0x5b) open += 1;
      else if (code === 0x7d || code === 0x5d) {
        if (open === 0) return;
        open -= 1;
      } else if (open === 0) see(code);
      this.at += 1;
    }
    throw new Malformed(this.at, 'the JSON ends in the middle');
  }

  private skipString(): void {
    for (let at = this.at + 1; at < this.text.length; at += 1) {
      const code = this.text.charCodeAt(at);
      if (code === 0x5c) at += 1;
      else if (code === 0x22) {
        this.at = at + 1;
        return;
      }
    }
    throw new Malformed(this.at, 'the JSON ends in the middle of a string');
  }

  private expect(code: number): void {
    if (this.text.charCodeAt(this.at) !== code) {
      const end = this.at >= this.text.length;
      throw new Malformed(
        this.at,
        end ? 'the JSON ends in the middle' : `no ${String.fromCharCode(code)} where one must be`,
      );
    }
    this.at += 1;
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at += 1;
    }
  }
}
