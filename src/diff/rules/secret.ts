import type { Difference } from '../find/difference.ts';
import type { Node } from '../read/node.ts';

const secretWords: ReadonlySet<string> = new Set(
  'password passwd pwd passphrase passcode secret secrets salt hash ssn cvv cvc credential credentials stacktrace backtrace traceback stack internal debug sql'.split(
    ' ',
  ),
);
const secretPairs =
  /\b(?:api|private|secret|signing|encryption|master) keys?\b|\b(?:access|refresh|auth|session|bearer|reset|id) tokens?\b|^tokens?$|\b(?:credit )?card number\b|\bsocial security\b/;

const secretValues: readonly (readonly [string, RegExp])[] = [
  ['bcrypt hash', /\$2[abxy]\$\d{2}\$/],
  ['argon2 hash', /\$argon2(?:id|i|d)\$/],
  ['scrypt or PBKDF2 hash', /\$(?:scrypt|pbkdf2[\w-]*|5|6|7)\$.{8,}\$/],
  ['JWT', /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/],
  ['private key', /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/],
  ['API key', /\b(?:sk_live_|sk_test_|rk_live_|ghp_|gho_|github_pat_|xox[abpr]-|AKIA[0-9A-Z]{12})\w*/],
  ['stack trace', /\n\s+at .+:\d+(?::\d+)?\)?|Traceback \(most recent call last\)|^\s*at [\w.$<>]+\(.*:\d+/m],
  ['connection string', /\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqps?):\/\/[^\s:@/]+:[^\s@/]+@/],
];

/** Something added that is, or holds, what looks like a secret or an internal detail. */
export function isLeak({ kind, place, before, after }: Difference): boolean {
  if (after === undefined || place.area === 'status' || place.area === 'calls') return false;
  // Cookies are there to carry tokens, and names of headers are field terms: `access-control-allow-credentials`.
  if (place.name === 'set-cookie') return false;
  if (kind === 'added') return secretIn(place.area === 'header' ? '' : place.name, after) !== null;
  if (kind !== 'value' && kind !== 'type' && kind !== 'varies') return false;
  const found = secretValue(after);
  return found !== null && (before === undefined || secretValue(before) === null);
}

/** What makes the value a secret, in words; null where nothing does. */
export function secretIn(name: string, node: Node): string | null {
  if (secretName(name) && !isEmpty(node)) return `a field named \`${name}\``;
  const value = secretValue(node);
  if (value !== null) return value;
  if (node.kind === 'array') return first(node.items.map((item) => secretIn('', item)));
  if (node.kind === 'object') return first([...node.entries].map(([key, member]) => secretIn(key, member)));
  return null;
}

function secretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  return words.some((word) => secretWords.has(word)) || secretPairs.test(words.join(' '));
}

function secretValue(node: Node): string | null {
  if (node.kind !== 'string' && node.kind !== 'opaque') return null;
  const text = node.kind === 'string' ? node.text : node.raw;
  return secretValues.find(([, pattern]) => pattern.test(text.slice(0, 20_000)))?.[0] ?? null;
}

function isEmpty(node: Node): boolean {
  return node.kind === 'null' || node.kind === 'boolean' || (node.kind === 'string' && node.text === '');
}

function first(found: readonly (string | null)[]): string | null {
  return found.find((text) => text !== null) ?? null;
}

/** Whether the value tells it by itself; a name alone may be that of a harmless field that comes now and then. */
export function tellsSecret(node: Node): boolean {
  if (node.kind === 'array') return node.items.some(tellsSecret);
  if (node.kind === 'object') return [...node.entries.values()].some(tellsSecret);
  return secretValue(node) !== null;
}
