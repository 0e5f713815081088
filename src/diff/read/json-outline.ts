import { depthLimit, type JsonCursor } from './json-cursor.ts';
import { mostShapePlaces, newShape, type Shape } from './shape.ts';

/** Notes the structure of values that are not read as nodes: of large lists all but the samples. */
export class JsonOutline {
  private readonly cursor: JsonCursor;
  private readonly notes: Set<string>;
  private shapes = 0;

  constructor(cursor: JsonCursor, notes: Set<string>) {
    this.cursor = cursor;
    this.notes = notes;
  }

  /** Moves over a value and notes its structure. */
  note(shape: Shape, depth: number): void {
    const { code } = this.cursor;
    shape.seen += 1;
    if (code === 0x22) {
      this.cursor.skipString();
      shape.kinds.add('string');
    } else if (code === 0x7b || code === 0x5b) {
      shape.kinds.add(code === 0x7b ? 'object' : 'array');
      if (depth >= depthLimit) this.skipDeep();
      else if (code === 0x7b) this.noteFields(shape, depth);
      else this.noteItems(shape, depth);
    } else {
      const word = this.cursor.word();
      if (word === 'null') shape.nulls += 1;
      else if (word !== null) shape.kinds.add('boolean');
      else {
        this.cursor.number();
        shape.kinds.add('number');
      }
    }
  }

  private noteFields(shape: Shape, depth: number): void {
    shape.objects += 1;
    if (!this.cursor.enter(0x7d)) return;
    const usual = shape.fields.entries();
    do {
      // Most items have the same fields in the same order: then no name is read out.
      const [name, known] = usual.next().value ?? ['', undefined];
      if (known !== undefined && this.isKey(name)) {
        this.cursor.at += name.length + 2;
        this.cursor.colon();
        this.note(known, depth + 1);
        continue;
      }
      const key = this.cursor.key();
      this.note(shape.fields.get(key) ?? this.field(shape, key), depth + 1);
    } while (this.cursor.more(0x7d));
  }

  private isKey(name: string): boolean {
    const { text, at } = this.cursor;
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
    if (!this.cursor.enter(0x5d)) return;
    shape.items ??= newShape();
    do this.note(shape.items, depth + 1);
    while (this.cursor.more(0x5d));
  }

  /** Past an object or array at the limit of depth, and says so. */
  skipDeep(): void {
    this.cursor.skipNested();
    this.notes.add(`JSON nested deeper than ${depthLimit} levels is compared as text.`);
  }
}
