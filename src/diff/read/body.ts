import { createHash } from 'node:crypto';
import type { Body } from '../../exchange.ts';
import { textOfBytes } from './bytes.ts';
import { readCsv } from './csv.ts';
import { parseJson } from './json.ts';
import { kindOfBytes } from './magic.ts';
import { type Markup, readMarkup } from './markup.ts';
import { arrayNode, type Node, objectNode, stringNode } from './node.ts';

export type BodyForm = 'empty' | 'json' | 'frames' | 'table' | 'markup' | 'form' | 'text' | 'binary' | 'cut';

export interface ReadBody {
  readonly form: BodyForm;
  /** Null where there is no body. */
  readonly node: Node | null;
  readonly notes: readonly string[];
}

/** A body by its content type: JSON, frames of JSON, lines of text, else size and hash. Never throws. */
export function readBody(body: Body, contentType: string | null): ReadBody {
  if (body.size === 0 && body.text === '') return { form: 'empty', node: null, notes: [] };
  if (body.truncated !== undefined) return cut(body, body.truncated.sha256);
  const media = mediaType(contentType);
  const bytes = body.encoding === 'base64' ? Buffer.from(body.text, 'base64') : null;
  if (bytes !== null && !isTextual(media)) return binary(bytes);
  const { text, valid } = bytes === null ? { text: body.text, valid: true } : textOfBytes(bytes);
  const notes = valid ? [] : ['A body is no valid UTF-8; each invalid byte is compared as it is.'];
  const read = readText(text, media);
  return { ...read, notes: [...notes, ...read.notes] };
}

function readText(text: string, media: string): ReadBody {
  if (isJson(media)) {
    const parsed = parseJson(text.startsWith('\uFEFF') ? text.slice(1) : text);
    if (parsed.kind === 'parsed') return { form: 'json', node: parsed.node, notes: parsed.notes };
    const note = `A body that says it is JSON is none: ${parsed.message} (at character ${parsed.at}).`;
    return { form: 'text', node: lines(text), notes: [note] };
  }
  if (media === 'application/x-ndjson' || media === 'application/jsonl' || media === 'application/ndjson') {
    return {
      form: 'frames',
      node: frames(
        text.split(/\r?\n/).filter((line) => line.trim() !== ''),
        text,
      ),
      notes: [],
    };
  }
  const markup = markupOf(media);
  if (markup !== null) {
    const read = readMarkup(text, markup);
    if (read.kind === 'read') return { form: 'markup', node: read.node, notes: [] };
    return { form: 'text', node: lines(text), notes: read.why === null ? [] : [read.why] };
  }
  if (media === 'application/x-www-form-urlencoded') {
    return { form: 'form', node: formFields(text), notes: [] };
  }
  if (media === 'text/csv') {
    const rows = readCsv(text);
    if (rows !== null) return { form: 'table', node: rows, notes: [] };
  }
  if (media === 'text/event-stream') return { form: 'frames', node: events(text), notes: [] };
  if (media === '') {
    const parsed = parseJson(text);
    if (parsed.kind === 'parsed') return { form: 'json', node: parsed.node, notes: parsed.notes };
  }
  return { form: 'text', node: lines(text), notes: [] };
}

function mediaType(contentType: string | null): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function isJson(media: string): boolean {
  return media === 'application/json' || media === 'text/json' || media.endsWith('+json');
}

function markupOf(media: string): Markup | null {
  if (media === 'text/html' || media === 'application/xhtml+xml') return 'html';
  return media === 'application/xml' || media === 'text/xml' || media.endsWith('+xml') ? 'xml' : null;
}

function isTextual(media: string): boolean {
  return (
    media === '' ||
    media.startsWith('text/') ||
    isJson(media) ||
    /(?:^|[/+])(?:xml|javascript|x-ndjson|ndjson|jsonl|yaml|graphql|x-www-form-urlencoded)$/.test(media)
  );
}

function cut(body: Body, sha256: string): ReadBody {
  const node: Node = { kind: 'opaque', what: 'large body', raw: `${body.size} bytes, SHA-256 ${sha256}` };
  const note = `A body of ${body.size} bytes was not kept whole: it is compared by size and hash.`;
  return { form: 'cut', node, notes: [note] };
}

function binary(bytes: Uint8Array): ReadBody {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    form: 'binary',
    node: { kind: 'opaque', what: kindOfBytes(bytes), raw: `${bytes.length} bytes, SHA-256 ${sha256}` },
    notes: [],
  };
}

/** A form of fields, each with all its values. */
function formFields(text: string): Node {
  const fields = new Map<string, Node>();
  for (const [name, value] of new URLSearchParams(text)) {
    let key = name;
    for (let count = 2; fields.has(key); count += 1) key = `${name} (${count})`;
    fields.set(key, stringNode(value));
  }
  return { ...objectNode(fields), raw: text };
}

/** Text is a value of its own kind: an object with one string for each line, so that lines vary one by one. */
function lines(text: string): Node {
  const limit = 2000;
  const all = text.split('\n');
  const shown = all.length > limit ? [...all.slice(0, limit), all.slice(limit).join('\n')] : all;
  return { kind: 'opaque', what: 'text', raw: shown.join('\n') };
}

function frames(parts: readonly string[], raw: string): Node {
  return arrayNode(parts.map(frame), raw);
}

function frame(text: string): Node {
  const parsed = parseJson(text);
  return parsed.kind === 'parsed' ? parsed.node : stringNode(text);
}

/** Server-sent events (WHATWG HTML, section 9.2.6): one object for each event. Comments keep the line open, no more. */
function events(text: string): Node {
  const blocks = text.replace(/\r\n?/g, '\n').split(/\n{2,}/);
  const nodes = blocks.map(eventFields).filter(({ size }) => size > 0);
  return arrayNode(
    nodes.map((fields) =>
      objectNode(
        new Map(
          [...fields].map(([name, value]) => [name, name === 'data' ? frame(value) : stringNode(value)]),
        ),
      ),
    ),
    text,
  );
}

function eventFields(block: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (name === '') continue;
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before}\n${value}`);
  }
  return fields;
}
