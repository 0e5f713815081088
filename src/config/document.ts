import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';
import { SeatrialError } from '../errors.ts';
import { referenceOf } from './reference.ts';

const maxCharacters = 1_000_000;

/** YAML as data, and for each path in it the line it stands on. */
export interface YamlFile {
  readonly value: unknown;
  /** Counts from 1: the line of the key, or of the nearest key above that exists. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** YAML 1.2, one document, unique keys, bounded aliases, no tags of its own. Rejects with `invalid-config`. */
export function readYaml(text: string, file: string): YamlFile {
  const lines = new LineCounter();
  const refuse = (message: string, line: number): SeatrialError =>
    new SeatrialError('invalid-config', {
      what: `${file}:${line}: ${message}`,
      next: 'Mend the YAML there, then call again.',
    });
  if (text.length > maxCharacters) throw refuse(`the file is larger than ${maxCharacters} characters.`, 1);
  const { document, value } = parse(text, lines, refuse);
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length--) {
      const offset = offsetOf(document, path.slice(0, length));
      if (offset !== null) return lines.linePos(offset).line;
    }
    return 1;
  };
  return { value, lineOf };
}

function parse(text: string, lines: LineCounter, refuse: (message: string, line: number) => SeatrialError) {
  try {
    const document = parseDocument(text, {
      version: '1.2',
      strict: true,
      uniqueKeys: true,
      lineCounter: lines,
    });
    const problem = document.errors[0] ?? document.warnings[0];
    if (problem !== undefined) {
      const message = (problem.message.split('\n', 1)[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
      throw refuse(`this is no YAML that we read: ${message}`, problem.linePos?.[0].line ?? 1);
    }
    visit(document, {
      Pair(_, pair) {
        const line = isNode(pair.key) && pair.key.range ? lines.linePos(pair.key.range[0]).line : 1;
        if (!isScalar(pair.key)) throw refuse('a key has to be plain text.', line);
        if (pair.key.value === '__proto__') throw refuse('`__proto__` is no key.', line);
      },
    });
    return { document, value: document.toJS({ maxAliasCount: 50 }) as unknown };
  } catch (thrown) {
    if (thrown instanceof SeatrialError) throw thrown;
    // Aliases beyond the bound, an unresolved alias, or nesting deeper than the stack.
    const why = thrown instanceof Error ? (thrown.message.split('\n', 1)[0] ?? '') : String(thrown);
    throw refuse(`this is no YAML that we read: ${why}`, 1);
  }
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number | null {
  let node: unknown = document.contents;
  let offset: number | null = null;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return null;
      offset = isNode(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (!isNode(node)) return null;
      offset = node.range?.[0] ?? offset;
    } else return null;
  }
  return offset;
}

/** A value that breaks a rule: where it stands, what the key means and what to write. */
export function configProblem(
  place: string,
  path: readonly PropertyKey[],
  message: string,
  more: readonly string[] = [],
  code: 'invalid-config' | 'out-of-root' = 'invalid-config',
): SeatrialError {
  const reference = referenceOf(path);
  const name = path.map(String).join('.');
  const meaning = reference === null ? [] : [`\`${reference.key}\`: ${reference.description}`];
  const why = [...meaning, ...(more.length > 0 ? [`Further problems: ${more.join('; ')}`] : [])].join(' ');
  return new SeatrialError(code, {
    what: `${place}: ${name === '' ? '' : `\`${name}\` `}${message}`,
    ...(why === '' ? {} : { why }),
    next:
      reference === null ? 'Mend it there, then call again.' : `Write for example \`${reference.example}\`.`,
  });
}
