import { type Node, numberNode, objectNode, stringNode } from './node.ts';

const second = 1000;

/**
 * The cookies of an answer by name, each with its value and attributes (RFC 6265, section 4.1.1), which vary on their
 * own. `Expires` is read as the time from `now` (the answer's `Date`, milliseconds), in whole minutes as both are cut to
 * seconds; where the answer has no date, as a time.
 */
export function readCookies(lines: readonly string[], now: number | null): ReadonlyMap<string, Node> {
  const cookies = new Map<string, Node>();
  for (const line of lines) {
    const [name, node] = cookie(line, now);
    cookies.set(free(cookies, name), node);
  }
  return cookies;
}

function cookie(line: string, now: number | null): readonly [string, Node] {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const cut = pair.indexOf('=');
  const value = pair.slice(cut + 1).replace(/^"(.*)"$/, '$1');
  const fields = new Map<string, Node>([['value', stringNode(cut < 0 ? pair : value)]]);
  for (const text of attributes) {
    const [key = '', ...rest] = text.split('=');
    const name = key.trim().toLowerCase();
    if (name !== '') fields.set(name, attribute(name, rest.join('=').trim(), now));
  }
  return [cut < 0 ? '' : pair.slice(0, cut).trim(), objectNode(fields)];
}

function attribute(name: string, value: string, now: number | null): Node {
  if (name === 'expires') return expiry(value, now);
  if (name === 'max-age' && /^-?\d{1,12}$/.test(value)) return numberNode(Number(value));
  // A path has case, and so may what a browser does not know; domains and SameSite have none.
  return stringNode(['domain', 'samesite', 'priority'].includes(name) ? value.toLowerCase() : value);
}

function expiry(value: string, now: number | null): Node {
  const at = Date.parse(value);
  if (Number.isNaN(at)) return stringNode(value);
  if (now === null) return stringNode(new Date(at).toISOString());
  const seconds = (at - now) / second;
  return stringNode(seconds <= 0 ? 'in the past' : `in ${Math.max(1, Math.round(seconds / 60))} minutes`);
}

function free(known: ReadonlyMap<string, Node>, name: string): string {
  let count = 1;
  let key = name;
  while (known.has(key)) {
    count += 1;
    key = `${name} (${count})`;
  }
  return key;
}
