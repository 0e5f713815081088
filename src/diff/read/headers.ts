import { type Header, headerValues } from '../../exchange.ts';
import { readCookies } from './cookies.ts';
import { readDirectives, readLinks, readMembers, readPolicy } from './directives.ts';
import { type Node, type ObjectNode, stringNode } from './node.ts';

/** Headers that say how this one message was framed or when it was sent: no client sees them differ. */
const framing: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'x-seatrial-routed',
]);

/** Made from the body, which is compared itself: that they are there, and how strong they are, is what counts. */
const derived: ReadonlySet<string> = new Set([
  'content-digest',
  'content-md5',
  'digest',
  'etag',
  'repr-digest',
]);

/** Lists whose order says nothing (RFC 9110, Fetch). One more member takes nothing from anyone, but for `vary`. */
const sets: ReadonlySet<string> = new Set([
  'accept-ranges',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-expose-headers',
  'allow',
  'vary',
]);

/** Directives by name, and what separates them. */
const directives: ReadonlyMap<string, ',' | ';'> = new Map([
  ['cache-control', ','],
  ['cdn-cache-control', ','],
  ['strict-transport-security', ';'],
]);

/** Headers by lower-case name, as what is compared of them. */
export function readHeaders(headers: readonly Header[]): ReadonlyMap<string, Node> {
  const lines = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (!framing.has(key)) lines.set(key, [...(lines.get(key) ?? []), value.trim()]);
  }
  const now = sentAt(headers);
  return new Map([...lines].sort(byName).map(([name, values]) => [name, headerNode(name, values, now)]));
}

export function sentAt(headers: readonly Header[]): number | null {
  const sent = Date.parse(headerValues(headers, 'date')[0] ?? '');
  return Number.isNaN(sent) ? null : sent;
}

function headerNode(name: string, values: readonly string[], now: number | null): Node {
  const value = values.join(', ');
  if (name === 'set-cookie') return parts(readCookies(values, now), value, true);
  if (derived.has(name)) return stringNode(value.startsWith('W/') ? 'weak' : 'present');
  if (name === 'content-type') return stringNode(contentType(value));
  if (sets.has(name)) return parts(readMembers(value), value, name !== 'vary');
  const separator = directives.get(name);
  if (separator !== undefined) return parts(readDirectives(value, separator), value, false);
  if (name.startsWith('content-security-policy')) return parts(readPolicy(value), value, false);
  const links = name === 'link' ? readLinks(value) : null;
  return links === null ? stringNode(value) : parts(links, value, false);
}

/** Parts of a header that vary on their own; shown as the header was sent. */
function parts(entries: ReadonlyMap<string, Node>, raw: string, open: boolean): ObjectNode {
  return { kind: 'object', raw, entries, rest: null, parts: open ? 'open' : 'closed' };
}

/**
 * RFC 9110, section 8.3.1: type and parameter names have no case, and neither has a charset. Only texts are read in
 * another charset where none is named: JSON has no such parameter (RFC 8259, section 11: "adding one really has no
 * effect on compliant recipients"), XML and JavaScript are UTF-8 by themselves (RFC 7303, RFC 9239), images have none.
 */
function contentType(value: string): string {
  const [type = '', ...parameters] = value
    .split(';')
    .map((part) => part.trim().toLowerCase().replaceAll('"', ''));
  const utf8 = !type.startsWith('text/') || type === 'text/event-stream' || type === 'text/json';
  const telling = parameters.filter(
    (part) => part !== '' && !part.startsWith('boundary=') && !(utf8 && part === 'charset=utf-8'),
  );
  return [type, ...telling.sort()].join('; ');
}

function byName(one: readonly [string, unknown], other: readonly [string, unknown]): number {
  return one[0] < other[0] ? -1 : 1;
}
