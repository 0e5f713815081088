import { arrayNode, type Node, objectNode, stringNode } from './node.ts';

/** A table of more rows is compared as text. */
const rowLimit = 20_000;

/**
 * RFC 4180, with a line of names: a list of records whose cells are strings. Null for what is no such table: lines of
 * different lengths, no names, quotes that do not close.
 */
export function readCsv(text: string): Node | null {
  const lines = cells(text);
  if (lines === null || lines.length === 0 || lines.length > rowLimit) return null;
  const [names = [], ...rows] = lines;
  if (
    names.length < 2 ||
    names.some((name) => name === '') ||
    rows.some((row) => row.length !== names.length)
  )
    return null;
  const keys: string[] = [];
  for (const name of names) {
    let key = name;
    for (let count = 2; keys.includes(key); count += 1) key = `${name} (${count})`;
    keys.push(key);
  }
  const records = rows.map((row) =>
    objectNode(new Map(row.map((cell, at) => [keys[at] ?? '', stringNode(cell)]))),
  );
  return { ...arrayNode(records, text), columns: keys };
}

function cells(text: string): string[][] | null {
  const lines: string[][] = [];
  const pattern = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/y;
  let line: string[] = [];
  while (pattern.lastIndex < text.length || line.length > 0) {
    const match = pattern.exec(text);
    if (match === null) return null;
    const [, cell = '', end = ''] = match;
    line.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === ',') continue;
    lines.push(line);
    line = [];
    if (end === '') break;
  }
  return lines;
}
