import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { z } from 'zod';
import { SeatrialError } from '../errors.ts';
import type { ExpectedChange } from './evidence.ts';

/** What an entry says; whether the change under trial added it is told by the baseline's file. */
export type ExpectedEntry = Omit<ExpectedChange, 'addedByChange'>;

const text = z.string().trim().min(1).max(1000);
const entry = z.strictObject({
  fingerprint: text,
  reason: text,
  /** Commit of the baseline that the change was made against, seven hex digits at least. */
  base: z.string().regex(/^[0-9a-f]{7,64}$/i, 'is a commit of seven hex digits at least, in quotes'),
  expected: text,
});
const entries = z.array(entry).max(1000);
const file = z.union([entries, z.strictObject({ seatrial: z.literal(1).optional(), expected: entries })]);

/**
 * Parses `seatrial.expected.yaml`: a list of { fingerprint, reason, base, expected }, alone or under `expected:`. An
 * empty file expects nothing. YAML 1.2 as data: no aliases, no duplicate keys. Throws `invalid-expected` with the
 * line.
 */
export function parseExpectedChanges(source: string, name: string): ExpectedEntry[] {
  if (source.length > 1_000_000) throw invalid(`${name}:1`, 'it is larger than 1 MB');
  const lines = new LineCounter();
  const document = parseDocument(source, {
    version: '1.2',
    uniqueKeys: true,
    strict: true,
    lineCounter: lines,
  });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const { line } = lines.linePos(problem.pos[0]);
    throw invalid(`${name}:${line}`, problem.message.split('\n', 1)[0] ?? 'it is no YAML');
  }
  const data = toData(document.toJS.bind(document), name);
  if (data === null || data === undefined) return [];
  const list = Array.isArray(data) ? entries.safeParse(data) : file.safeParse(data);
  if (!list.success) {
    const issue = list.error.issues[0];
    const path = issue?.path ?? [];
    const where = path.length === 0 ? '' : `${path.join('.')}: `;
    throw invalid(
      `${name}:${lineOf(document.contents, path, lines)}`,
      `${where}${issue?.message ?? 'wrong form'}`,
    );
  }
  const found = Array.isArray(list.data) ? list.data : list.data.expected;
  const prints = found.map(({ fingerprint }) => fingerprint);
  const twice = prints.findIndex((print, i) => prints.indexOf(print) !== i);
  if (twice !== -1) {
    const path = Array.isArray(data) ? [twice] : ['expected', twice];
    const line = lineOf(document.contents, path, lines);
    throw invalid(`${name}:${line}`, `the fingerprint ${prints[twice]} is listed twice`);
  }
  return found;
}

function toData(toJs: (options: { maxAliasCount: number }) => unknown, name: string): unknown {
  try {
    return toJs({ maxAliasCount: 0 });
  } catch {
    throw invalid(`${name}:1`, 'it uses aliases, which are not taken');
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

function invalid(where: string, problem: string): SeatrialError {
  return new SeatrialError('invalid-expected', {
    what: `${where}: the file of expected changes cannot be used: ${problem.slice(0, 300)}.`,
    next: 'Write a list such as: - { fingerprint: "<as the finding shows it>", reason: "<why it is wanted>", base: "<commit of the baseline>", expected: "<what changes>" }, then call again.',
  });
}
