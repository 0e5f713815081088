import { parseJson } from './json.ts';
import { type Node, objectNode, stringNode } from './node.ts';

/** A string that holds a JSON object or array, as what it holds; else null. */
export function jsonWithin(text: string): Node | null {
  if (!/^\s*[[{]/.test(text)) return null;
  const parsed = parseJson(text);
  return parsed.kind === 'parsed' ? parsed.node : null;
}

/** A URL or a path of one, by parts: a signed URL varies in its signature and nowhere else. Null for other text. */
export function urlParts(text: string): Node | null {
  const match = /^(?:([a-z][a-z0-9+.-]*):\/\/([^\s/?#]*))?(\/[^\s?#]*)?(?:\?([^\s#]*))?(?:#(\S*))?$/i.exec(
    text,
  );
  if (match === null || (match[1] === undefined && match[3] === undefined)) return null;
  const [, scheme, host, path = '', query, fragment] = match;
  const parts = new Map<string, Node>();
  if (scheme !== undefined) parts.set('scheme', stringNode(scheme.toLowerCase()));
  if (host !== undefined) parts.set('host', stringNode(host.toLowerCase()));
  const segments = path.split('/').slice(1);
  parts.set('segments', stringNode(String(segments.length)));
  for (const [index, segment] of segments.entries()) parts.set(`path ${index}`, stringNode(segment));
  for (const [index, pair] of (query ?? '')
    .split('&')
    .filter((part) => part !== '')
    .entries()) {
    const [name = '', ...value] = pair.split('=');
    const key = parts.has(`query ${name}`) ? `query ${name} ${index}` : `query ${name}`;
    parts.set(key, stringNode(value.join('=')));
  }
  if (fragment !== undefined) parts.set('fragment', stringNode(fragment));
  return objectNode(parts);
}

/** A signed JWT (RFC 7519) by what it claims: a token that is new each time still names its subject. Null for other text. */
export function jwtParts(text: string): Node | null {
  const [head = '', claims = '', signature, ...more] = text.split('.');
  if (!text.startsWith('eyJ') || signature === undefined || more.length > 0) return null;
  const [header, payload] = [head, claims].map(jsonOfBase64);
  if (header?.kind !== 'object' || payload?.kind !== 'object') return null;
  return objectNode(
    new Map<string, Node>([
      ['header', header],
      ['claims', payload],
      ['signature', stringNode(signature)],
    ]),
  );
}

function jsonOfBase64(text: string): Node | null {
  if (!/^[\w-]{2,20000}$/.test(text)) return null;
  const parsed = parseJson(Buffer.from(text, 'base64url').toString('utf8'));
  return parsed.kind === 'parsed' ? parsed.node : null;
}
