import { z } from 'zod';
import { didYouMean } from '../util/closest.ts';

/** Something wrong at a path of a value, before it is known on which line that is. */
export interface PathProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

export interface Shaped<T> {
  /** Where there are problems: what is left without the keys that they name, for further checks; null if too little. */
  readonly data: T | null;
  readonly problems: readonly PathProblem[];
}

/** Parses by a schema, with one sentence for everything that does not fit. `whole` names the value in messages. */
export function shape<T extends z.ZodType>(schema: T, value: unknown, whole = 'it'): Shaped<z.output<T>> {
  const result = schema.safeParse(value);
  if (result.success) return { data: result.data, problems: [] };
  const { issues } = result.error;
  const problems = issues.flatMap((issue) => explain(issue, value, schema, whole));
  return { data: salvage(schema, value, issues), problems };
}

function salvage<T extends z.ZodType>(
  schema: T,
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
): z.output<T> | null {
  const rest: unknown = structuredClone(value);
  for (const issue of issues) {
    const keys =
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const path of keys) {
      const parent = at(rest, path.slice(0, -1));
      const key = path.at(-1);
      if (key !== undefined && typeof parent === 'object' && parent !== null)
        Reflect.deleteProperty(parent, key);
    }
  }
  return schema.safeParse(rest).data ?? null;
}

function explain(issue: z.core.$ZodIssue, value: unknown, schema: z.ZodType, whole: string): PathProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const words = keysAt(schema, issue.path);
    const where = issue.path.length === 0 ? '' : ` of \`${showPath(issue.path)}\``;
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: `\`${show(key)}\` is no key${where}${didYouMean(key, words) || `; known: ${words.join(', ')}`}`,
    }));
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues[0]?.message ?? 'is no name';
    return [{ path: issue.path, message: `\`${showPath(issue.path)}\` ${message}` }];
  }
  const found = at(value, issue.path);
  const name = issue.path.length === 0 ? whole : `\`${showPath(issue.path)}\``;
  const missing = found === undefined ? 'is missing: it ' : '';
  const near =
    typeof found === 'string' && issue.code === 'invalid_value' && issue.values.length > 1
      ? didYouMean(found, issue.values.map(String))
      : '';
  return [{ path: issue.path, message: `${name} ${missing}${issue.message}${near}` }];
}

/** The keys that a schema knows at a path. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = inner(schema);
  for (const key of path) {
    if (at instanceof z.ZodObject) at = inner(at.shape[String(key)]);
    else if (at instanceof z.ZodArray) at = inner(at.element);
    else if (at instanceof z.ZodRecord) at = inner(at.valueType);
    else return [];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function inner(schema: unknown): unknown {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodDefault) at = at.unwrap();
  return at;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of path) {
    if (found === null || typeof found !== 'object' || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<PropertyKey, unknown>)[key];
  }
  return found;
}

export function showPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) =>
      typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${show(String(key))}`,
    )
    .join('');
}

/** A word of the file inside a message: one line, bounded, without what would break out of the quotes. */
export function show(word: string, most = 80): string {
  return oneLine(word.replaceAll('`', "'"), most);
}

/** Text that may hold words of the file: bounded, and without signs that nobody sees or that end a line. */
export function oneLine(text: string, most: number): string {
  const line = text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, '?');
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
