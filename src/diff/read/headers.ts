import type { Header } from '../../exchange.ts';
import { type Node, objectNode, stringNode } from './node.ts';

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

/** Lists whose order says nothing (RFC 9110, RFC 9111, Fetch). */
const sets: ReadonlySet<string> = new Set([
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-expose-headers',
  'allow',
  'cache-control',
  'vary',
]);

/** Headers by lower-case name, as what is compared of them. */
export function readHeaders(headers: readonly Header[]): ReadonlyMap<string, Node> {
  const lines = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (!framing.has(key)) lines.set(key, [...(lines.get(key) ?? []), value.trim()]);
  }
  return new Map([...lines].sort(byName).map(([name, values]) => [name, headerNode(name, values)]));
}

function headerNode(name: string, values: readonly string[]): Node {
  if (name === 'set-cookie') return objectNode(new Map(values.map(cookie)));
  const value = values.join(', ');
  if (derived.has(name)) return stringNode(value.startsWith('W/') ? 'weak' : 'present');
  if (name === 'content-type') return stringNode(contentType(value));
  if (!sets.has(name)) return stringNode(value);
  const members = value.split(',').map((member) => member.trim());
  return stringNode(
    members
      .map((member) => (name === 'cache-control' ? member : member.toLowerCase()))
      .sort()
      .join(', '),
  );
}

/**
 * RFC 9110, section 8.3.1: type and parameter names have no case, and neither has a charset. JSON has no charset
 * parameter (RFC 8259, section 11: "adding one really has no effect on compliant recipients").
 */
function contentType(value: string): string {
  const [type = '', ...parameters] = value
    .split(';')
    .map((part) => part.trim().toLowerCase().replaceAll('"', ''));
  const json = /^[^/]+\/(?:.+\+)?json$/.test(type);
  const telling = parameters.filter(
    (part) => part !== '' && !part.startsWith('boundary=') && !(json && part === 'charset=utf-8'),
  );
  return [type, ...telling.sort()].join('; ');
}

/** RFC 6265, section 4.1.1: the value and each attribute vary on their own. */
function cookie(line: string): readonly [string, Node] {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const cut = pair.indexOf('=');
  const fields = new Map<string, Node>([['value', stringNode(cut < 0 ? '' : pair.slice(cut + 1))]]);
  for (const attribute of attributes) {
    const [name = '', value = ''] = attribute.split('=');
    if (name !== '') fields.set(name.toLowerCase(), stringNode(value.toLowerCase()));
  }
  return [cut < 0 ? pair : pair.slice(0, cut), objectNode(fields)];
}

function byName(one: readonly [string, unknown], other: readonly [string, unknown]): number {
  return one[0] < other[0] ? -1 : 1;
}
