import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';

/**
 * A committed file of ours as data: YAML 1.2, no aliases, no duplicate keys, at most 1 MB. Null where the file is empty.
 * What is wrong goes to `invalid` with `file:line`, which makes the error.
 */
export function parseYamlFile<T>(
  source: string,
  name: string,
  schema: (data: unknown) => z.ZodType<T>,
  invalid: (where: string, problem: string) => Error,
): { readonly data: T; readonly lineOf: (path: readonly PropertyKey[]) => number } | null {
  if (source.length > 1_000_000) throw invalid(`${name}:1`, 'it is larger than 1 MB');
  const lines = new LineCounter();
  const options = { version: '1.2', uniqueKeys: true, strict: true, lineCounter: lines } as const;
  const document = parseDocument(source, options);
  const problem = document.errors[0];
  if (problem !== undefined) {
    const { line } = lines.linePos(problem.pos[0]);
    throw invalid(`${name}:${line}`, problem.message.split('\n', 1)[0] ?? 'it is no YAML');
  }
  const data = toData(document.toJS.bind(document), () =>
    invalid(`${name}:1`, 'it uses aliases, which are not taken'),
  );
  if (data === null || data === undefined) return null;
  const where = (path: readonly PropertyKey[]): number => lineOf(document.contents, path, lines);
  const parsed = schema(data).safeParse(data);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path ?? [];
    const at = path.length === 0 ? '' : `${path.join('.')}: `;
    throw invalid(`${name}:${where(path)}`, `${at}${issue?.message ?? 'wrong form'}`);
  }
  return { data: parsed.data, lineOf: where };
}

function toData(toJs: (options: { maxAliasCount: number }) => unknown, aliases: () => Error): unknown {
  try {
    return toJs({ maxAliasCount: 0 });
  } catch {
    throw aliases();
  }
}

/** Line of the deepest node on the path. */
function lineOf(root: Node | null, path: readonly PropertyKey[], lines: LineCounter): number {
  let at: Node | null = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of path) {
    const pairOrItem: unknown = isMap(at)
      ? at.items.find(({ key }) => isScalar(key) && key.value === step)
      : at !== null && 'items' in at
        ? (at.items as readonly unknown[])[Number(step)]
        : undefined;
    const next = nodeOf(pairOrItem);
    if (next === null) break;
    at = next;
    offset = next.range?.[0] ?? offset;
  }
  return lines.linePos(offset).line;
}

function nodeOf(value: unknown): Node | null {
  if (value === null || typeof value !== 'object') return null;
  if ('range' in value) return value as Node;
  return 'value' in value ? nodeOf(value.value) : null;
}
