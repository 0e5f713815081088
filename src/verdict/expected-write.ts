import { isMap, isNode, isSeq, parseDocument, type YAMLSeq } from 'yaml';
import { type ExpectedEntry, parseExpectedChanges } from './expected-file.ts';

/**
 * The file with the entries put at its end; comments, order and form of the rest stay as they are. An entry of the same
 * fingerprint gets the new reason, base and words instead. Throws `invalid-expected` where the file is broken already.
 */
export function withExpectedChanges(source: string, name: string, entries: readonly ExpectedEntry[]): string {
  const known = new Map(parseExpectedChanges(source, name).map((entry) => [entry.fingerprint, entry]));
  let text = source;
  for (const entry of entries) {
    const before = known.get(entry.fingerprint);
    if (before !== undefined && before.base === entry.base) continue;
    text = before === undefined ? added(text, entry) : renewed(text, entry);
  }
  parseExpectedChanges(text, name);
  return text;
}

function added(source: string, entry: ExpectedEntry): string {
  const line = `- ${flow(entry)}`;
  const list = listOf(source);
  if (list === null) {
    const head = source === '' || source.endsWith('\n') ? source : `${source}\n`;
    return `${head}${line}\n`;
  }
  const first = list.items[0];
  if (list.flow === true || !isNode(first) || first.range === undefined || first.range === null) {
    return rewritten(source, (items) => items.add(entry));
  }
  // Byte for byte: after the last item, indented as the first one.
  const start = source.lastIndexOf('\n', first.range[0] - 1) + 1;
  const indent = /^\s*/.exec(source.slice(start, first.range[0]))?.[0] ?? '';
  const last = list.items.at(-1);
  const end = isNode(last) && last.range ? last.range[1] : source.length;
  const lineEnd = source.indexOf('\n', Math.max(0, end - 1));
  const at = lineEnd < 0 ? source.length : lineEnd + 1;
  const gap = lineEnd < 0 && !source.endsWith('\n') ? '\n' : '';
  return `${source.slice(0, at)}${gap}${indent}${line}\n${source.slice(at)}`;
}

function renewed(source: string, entry: ExpectedEntry): string {
  return rewritten(source, (items) => {
    const found = items.items.find((item) => isMap(item) && item.get('fingerprint') === entry.fingerprint);
    if (!isMap(found)) return;
    for (const [key, value] of Object.entries(entry)) found.set(key, value);
  });
}

function rewritten(source: string, change: (items: YAMLSeq) => void): string {
  const document = parseDocument(source, { version: '1.2' });
  const list = isMap(document.contents) ? document.contents.get('expected') : document.contents;
  if (isSeq(list)) {
    change(list);
    if (list.items.length > 0) list.flow = false;
  }
  return document.toString({ lineWidth: 0 });
}

function listOf(source: string): YAMLSeq | null {
  const { contents } = parseDocument(source, { version: '1.2' });
  const list = isMap(contents) ? contents.get('expected') : contents;
  return isSeq(list) ? list : null;
}

/** JSON is YAML: no value needs another quoting. */
function flow({ fingerprint, reason, base, expected }: ExpectedEntry): string {
  const pairs = Object.entries({ fingerprint, reason, base, expected });
  return `{ ${pairs.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(', ')} }`;
}
