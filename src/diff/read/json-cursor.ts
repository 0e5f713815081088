/** Deeper than this, what follows is compared as text (design: a stated limit, never a stack overflow). */
export const depthLimit = 200;

export class Malformed extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** A place in JSON text, and the ways to move on from it. What RFC 8259 does not allow throws `Malformed`. */
export class JsonCursor {
  at = 0;
  readonly text: string;
  private readonly numbers = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

  constructor(text: string) {
    this.text = text;
  }

  /** Of the character that comes next, in UTF-16; NaN at the end. */
  get code(): number {
    return this.text.charCodeAt(this.at);
  }

  /** Past `true`, `false` or `null`, which it returns; null where none stands here. */
  word(): Word | null {
    const word = words.get(this.code);
    if (word === undefined || !this.text.startsWith(word, this.at)) return null;
    this.at += word.length;
    return word;
  }

  /** Past a number. */
  number(): void {
    this.numbers.lastIndex = this.at;
    if (!this.numbers.test(this.text)) {
      const end = this.at >= this.text.length;
      throw new Malformed(this.at, end ? 'the JSON ends in the middle' : 'no JSON value');
    }
    this.at = this.numbers.lastIndex;
  }

  /** Past a string, which it returns without its escapes. */
  string(): string {
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

  /** Past a key and its colon. */
  key(): string {
    if (this.code !== 0x22) throw new Malformed(this.at, 'no key where one must be');
    const key = this.string();
    this.colon();
    return key;
  }

  colon(): void {
    this.space();
    this.expect(0x3a);
    this.space();
  }

  /** Past an opening bracket; false past the closing one where nothing is between. */
  enter(close: number): boolean {
    this.at += 1;
    this.space();
    if (this.code !== close) return true;
    this.at += 1;
    return false;
  }

  /** Past a comma; false past the end. */
  more(close: number): boolean {
    this.space();
    if (this.code === close) {
      this.at += 1;
      return false;
    }
    this.expect(0x2c);
    this.space();
    return true;
  }

  /** Past an object or array, whatever is in it: brackets are counted, strings are seen as such. */
  skipNested(): void {
    this.at += 1;
    this.scan();
    this.at += 1;
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

  skipString(): void {
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

  expect(code: number): void {
    if (this.code !== code) {
      const end = this.at >= this.text.length;
      throw new Malformed(
        this.at,
        end ? 'the JSON ends in the middle' : `no ${String.fromCharCode(code)} where one must be`,
      );
    }
    this.at += 1;
  }

  space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at += 1;
    }
  }
}

type Word = 'true' | 'false' | 'null';

/** By their first character. */
const words: ReadonlyMap<number, Word> = new Map([
  [0x74, 'true'],
  [0x66, 'false'],
  [0x6e, 'null'],
]);
