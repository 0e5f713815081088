import { isUtf8 } from 'node:buffer';
import { fewAnswers, type UnderNoise } from './difference.ts';

/** Ids that are new each time and of another kind: their prefix, their length, their alphabet. */
export function reshaped(was: readonly string[], is: readonly string[]): UnderNoise | null {
  return prefixLost(was, is) ?? lengthChanged(was, is);
}

/**
 * `ord_8f3a91c2`: letters, an underscore, an id. Names of hosts hold no underscore (RFC 1123), so that a fork has another
 * name than its baseline says nothing here.
 */
function prefixLost(was: readonly string[], is: readonly string[]): UnderNoise | null {
  const prefix = prefixOf(was[0] ?? '');
  if (prefix === null || was.some((text) => prefixOf(text) !== prefix)) return null;
  if (is.some((text) => text.startsWith(`${prefix}_`))) return null;
  const steady = `every baseline value begins with ${prefix}_`;
  return { kind: 'format', needs: fewAnswers, steady };
}

function prefixOf(text: string): string | null {
  const [, prefix = null] = /^([A-Za-z]+(?:_[A-Za-z]+)*)_(?=[A-Za-z]*\d)[0-9A-Za-z]{6,}$/.exec(text) ?? [];
  return prefix;
}

/** Answers a side after which equal lengths of what is drawn at random are no chance. */
const lengthAnswers = 4;

function lengthChanged(was: readonly string[], is: readonly string[]): UnderNoise | null {
  if (!areRandom(was) || !areRandom(is)) return null;
  const [length, ...others] = new Set(was.map((text) => text.length));
  const now = new Set(is.map((text) => text.length));
  const hex = was.every(isHex);
  if (others.length > 0 || now.size > 1 || length === undefined) return null;
  if (hex && !is.some(isHex))
    return {
      kind: 'format',
      needs: lengthAnswers,
      steady: `every baseline value is ${length} digits of hex`,
    };
  if (now.has(length) || hex !== is.every(isHex)) return null;
  const steady = `every baseline value has ${length} characters`;
  return { kind: 'format', needs: lengthAnswers, steady, ...(hex ? {} : { quiet: true as const }) };
}

function isHex(text: string): boolean {
  return /^(?=.*\d)(?=.*[A-Fa-f])(?:[0-9a-f]+|[0-9A-F]+)$/.test(text);
}

/**
 * Digits of hex or base64 that hold no text: cursors hold one, and grow with the number in it. No names of hosts: those
 * have one case alone.
 */
function areRandom(texts: readonly string[]): boolean {
  if (texts.some((text) => text.length < 12 || text.length > 512)) return false;
  if (texts.every(isHex)) return true;
  const digits = (text: string): boolean =>
    /^[\w+/-]+={0,2}$/.test(text) && (!text.includes('/') || text.endsWith('='));
  const all = texts.join('');
  return (
    texts.every((text) => digits(text) && !isUtf8(Buffer.from(text, 'base64'))) &&
    [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(all))
  );
}
