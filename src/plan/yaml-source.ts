import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { PlanProblem } from './plan.ts';
import { oneLine, show } from './shape.ts';

export interface YamlSource {
  /** JSON data; undefined where `problems` keep it from being read. */
  readonly value: unknown;
  readonly problems: readonly PlanProblem[];
  /** The line of the key that the path leads to, or of the nearest thing above it that exists. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** Nesting that no plan needs and that recursive readers of the value survive. */
const mostDepth = 40;
const mostAliases = 20;
const tooDeep = `YAML: nested more than ${mostDepth} levels deep`;

/**
 * Reads YAML 1.2 as data and nothing else: core schema, unique string keys, no tags, bounded aliases, no value that
 * JSON does not know. `firstLine` is the line of the file that the text begins on. Never throws.
 */
export function readYaml(text: string, firstLine: number): YamlSource {
  const counter = new LineCounter();
  const lineAt = (offset: number) => firstLine + Math.max(1, counter.linePos(offset).line) - 1;
  try {
    const document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      strict: true,
      uniqueKeys: true,
      stringKeys: true,
      merge: false,
      resolveKnownTags: false,
      customTags: [],
      prettyErrors: false,
      logLevel: 'silent',
      lineCounter: counter,
    });
    const problems = [...document.errors, ...document.warnings].map((error) => ({
      line: lineAt(error.pos[0]),
      message: /call stack/.test(error.message) ? tooDeep : `YAML: ${sentence(error.message)}`,
    }));
    if (document.directives?.yaml.explicit === true) {
      problems.push({
        line: firstLine,
        message: 'YAML: directives such as %YAML are not taken; leave it out',
      });
    }
    problems.push(...dataProblems(document, lineAt));
    const value: unknown = problems.length > 0 ? undefined : document.toJS({ maxAliasCount: mostAliases });
    return { value, problems, lineOf: (path) => lineAt(offsetOf(document, path)) };
  } catch (error) {
    return {
      value: undefined,
      problems: [{ line: firstLine, message: failure(error) }],
      lineOf: () => firstLine,
    };
  }
}

function failure(error: unknown): string {
  if (error instanceof ReferenceError) {
    return `YAML: aliases repeat too much of the document (at most ${mostAliases} uses); write the values out`;
  }
  if (error instanceof RangeError) return tooDeep;
  return `YAML: ${sentence(error instanceof Error ? error.message : 'cannot be read')}`;
}

function dataProblems(document: Document, lineAt: (offset: number) => number): PlanProblem[] {
  const problems: PlanProblem[] = [];
  const report = (node: Node, message: string) =>
    problems.push({ line: lineAt(node.range?.[0] ?? 0), message: `YAML: ${message}` });
  visit(document, {
    Node(key, node, path) {
      if (path.length > mostDepth * 2) {
        problems.push({ line: lineAt(node.range?.[0] ?? 0), message: tooDeep });
        return visit.BREAK;
      }
      if (isAlias(node)) {
        const target = node.resolve(document);
        if (target === undefined) report(node, `no anchor &${show(node.source)} stands before the alias`);
        else if (path.includes(target)) report(node, `the alias *${show(node.source)} contains itself`);
      }
      if (!isScalar(node)) return undefined;
      if (key === 'key' && node.value === '__proto__') report(node, 'the key `__proto__` is not taken');
      if (key !== 'key' && typeof node.value === 'number')
        numberProblem(node.value, node.source, (message) => report(node, message));
      return undefined;
    },
  });
  return problems;
}

/** What the text says and what would be sent must be the same number. */
function numberProblem(value: number, source: string | undefined, report: (message: string) => void): void {
  if (!Number.isFinite(value))
    report(`${show(source ?? 'the number')} is no JSON number; write it as a text, in quotes`);
  else if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?\d+$/.test(source ?? '')) {
    report(`${show(source ?? '')} is too large to be kept exactly; write it as a text, in quotes`);
  }
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const segment of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === String(segment));
      if (pair === undefined || !isScalar(pair.key)) return offset;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(segment)];
      if (!isScalar(item) && !isMap(item) && !isSeq(item) && !isAlias(item)) return offset;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else return offset;
  }
  return offset;
}

/** One line, without the position that the parser adds: ours counts from the file's first line. */
function sentence(message: string): string {
  return oneLine(message.replace(/ at line \d+, column \d+:?[\s\S]*$/, '').replace(/\s+/g, ' '), 300);
}
