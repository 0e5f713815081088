import { createHash, type Hash } from 'node:crypto';
import type { Node, Rest } from './node.ts';
import { mostShapePlaces, newShape, type Shape } from './shape.ts';
import { firstItems, lastItems, Stride } from './stride.ts';

/** Deeper than this, what follows is compared as text (design: a stated limit, never a stack overflow). */
const depthLimit = 200;
/** In a body of more characters than this, of each array and object only samples are looked into. */
const largeBody = 4 * 1024 * 1024;

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
  /** Characters of samples that may be read a second time, all in all: nested lists do not multiply the work. */
  private again: number;
  private shapes = 0;
  private readonly numbers = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

  constructor(text: string, notes: Set<string>) {
    this.text = text;
    this.notes = notes;
    this.items = text.length > largeBody ? firstItems : Number.POSITIVE_INFINITY;
    this.again = text.length;
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
    this.skipNumber();
    return { kind: 'number', raw: this.text.slice(start, this.at) };
  }

  private skipNumber(): void {
    this.numbers.lastIndex = this.at;
    if (!this.numbers.test(this.text)) {
      const end = this.at >= this.text.length;
      throw new Malformed(this.at, end ? 'the JSON ends in the middle' : 'no JSON value');
    }
    this.at = this.numbers.lastIndex;
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
      () =>
        this.restOf(0x5d, depth, () => {
          items.push(this.value(depth + 1));
        }),
    );
    return { kind: 'array', raw: this.text.slice(start, this.at), items, rest };
  }

  private object(start: number, depth: number): Node {
    const entries = new Map<string, Node>();
    const member = (): void => {
      const key = this.key();
      entries.set(this.free(entries, key), this.value(depth + 1));
    };
    const rest = this.members(
      0x7d,
      () => entries.size < this.items,
      member,
      () => this.restOf(0x7d, depth, member),
    );
    return { kind: 'object', raw: this.text.slice(start, this.at), entries, rest };
  }

  private key(): string {
    if (this.text.charCodeAt(this.at) !== 0x22) throw new Malformed(this.at, 'no key where one must be');
    const key = this.string();
    this.space();
    this.expect(0x3a);
    this.space();
    return key;
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
    this.at += 1;
    this.space();
    if (this.text.charCodeAt(this.at) === close) {
      this.at += 1;
      return null;
    }
    while (wanted()) {
      read();
      if (!this.more(close)) return null;
    }
    return rest();
  }

  /** Past a comma; false past the end. */
  private more(close: number): boolean {
    this.space();
    if (this.text.charCodeAt(this.at) === close) {
      this.at += 1;
      return false;
    }
    this.expect(0x2c);
    this.space();
    return true;
  }

  /** The structure of all members to come, then the samples among them by `read`, then the hash of what is between. */
  private restOf(close: number, depth: number, read: () => void): Rest {
    const begin = this.at;
    const shape = newShape();
    const stride = new Stride();
    let count = 0;
    do {
      const start = this.at;
      if (close === 0x7d) this.key();
      this.note(shape, depth + 1);
      stride.see(count, start, this.at);
      count += 1;
    } while (this.more(close));
    const end = this.at;
    const hash = createHash('sha256');
    let from = begin;
    let sampled = 0;
    for (const { start, end: stop } of stride.chosen()) {
      if (stop - start > this.again) continue;
      this.again -= stop - start;
      this.at = start;
      read();
      sampled += 1;
      this.hash(hash, from, start);
      from = stop;
    }
    this.hash(hash, from, end);
    this.at = end;
    this.notes.add(
      `The body is larger than ${largeBody / 1024 / 1024} MiB: of a list of more than ${firstItems} items the first ${firstItems}, the last ${lastItems} and some evenly between are compared place by place; all others by their structure, and their values as one.`,
    );
    return { count: count - sampled, raw: `${count - sampled} items, SHA-256 ${hash.digest('hex')}`, shape };
  }

  /** Moves over a value and notes its structure. */
  private note(shape: Shape, depth: number): void {
    const code = this.text.charCodeAt(this.at);
    shape.seen += 1;
    if (code === 0x22) {
      this.skipString();
      shape.kinds.add('string');
    } else if (code === 0x7b || code === 0x5b) {
      shape.kinds.add(code === 0x7b ? 'object' : 'array');
      if (depth >= depthLimit) this.deep(this.at);
      else if (code === 0x7b) this.noteFields(shape, depth);
      else this.noteItems(shape, depth);
    } else if (code === 0x6e || code === 0x74 || code === 0x66) {
      const { kind } = this.value(depth);
      if (kind === 'null') shape.nulls += 1;
      else shape.kinds.add(kind);
    } else {
      this.skipNumber();
      shape.kinds.add('number');
    }
  }

  private noteFields(shape: Shape, depth: number): void {
    shape.objects += 1;
    this.at += 1;
    this.space();
    if (this.text.charCodeAt(this.at) === 0x7d) {
      this.at += 1;
      return;
    }
    const usual = shape.fields.entries();
    do {
      // Most items have the same fields in the same order: then no name is read out.
      const [name, known] = usual.next().value ?? ['', undefined];
      if (known !== undefined && this.isKey(name)) {
        this.at += name.length + 2;
        this.space();
        this.expect(0x3a);
        this.space();
        this.note(known, depth + 1);
        continue;
      }
      const key = this.key();
      this.note(shape.fields.get(key) ?? this.field(shape, key), depth + 1);
    } while (this.more(0x7d));
  }

  private isKey(name: string): boolean {
    const { text, at } = this;
    return (
      text.charCodeAt(at) === 0x22 &&
      text.charCodeAt(at + name.length + 1) === 0x22 &&
      text.startsWith(name, at + 1)
    );
  }

  private field(shape: Shape, key: string): Shape {
    const made = newShape();
    this.shapes += 1;
    if (this.shapes <= mostShapePlaces) shape.fields.set(key, made);
    else
      this.notes.add(
        `The body has more than ${mostShapePlaces} different places past its samples; those above are not compared by structure.`,
      );
    return made;
  }

  private noteItems(shape: Shape, depth: number): void {
    this.at += 1;
    this.space();
    if (this.text.charCodeAt(this.at) === 0x5d) {
      this.at += 1;
      return;
    }
    shape.items ??= newShape();
    do this.note(shape.items, depth + 1);
    while (this.more(0x5d));
  }

  /** In pieces, as a copy of the whole would double the memory; in UTF-16, as lone surrogates are not one in UTF-8. */
  private hash(hash: Hash, start: number, end: number): void {
    const piece = 64 * 1024;
    for (let at = start; at < end; at += piece)
      hash.update(this.text.slice(at, Math.min(end, at + piece)), 'utf16le');
  }

  private deep(start: number): Node {
    this.at += 1;
    this.scan();
    this.at += 1;
    this.notes.add(`JSON nested deeper than ${depthLimit} levels is compared as text.`);
    return { kind: 'opaque', raw: this.text.slice(start, this.at), what: 'deep JSON' };
  }

  /** Moves to the bracket that closes the one we are in. */
  private scan(): void {
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
      }
      this.at += 1;
    }
    throw new Malformed(this.at, 'the JSON ends in the middle');
  }

  private skipString(): void {
    let end = this.text.indexOf('"', this.at + 1);
    while (end > 0 && this.isEscaped(end)) end = this.text.indexOf('"', end + 1);
    if (end < 0) throw new Malformed(this.at, 'the JSON ends in the middle of a string');
    this.at = end + 1;
  }

  private isEscaped(quote: number): boolean {
    let before = quote - 1;
    while (this.text.charCodeAt(before) === 0x5c) before -= 1;
    return (quote - before) % 2 === 0;
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
