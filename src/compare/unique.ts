import { createHash } from 'node:crypto';

const makers: Readonly<Record<string, (digits: string) => unknown>> = {
  email: (digits) => `u${letters(digits, 11)}@example.com`,
  name: (digits) => `N${letters(digits, 9)}`,
  number: (digits) => 100_000_000 + Number(BigInt(`0x${digits.slice(0, 12)}`) % 900_000_000n),
  phone: (digits) => `+1555${String(BigInt(`0x${digits.slice(0, 12)}`) % 10_000_000n).padStart(7, '0')}`,
  uuid: (digits) =>
    `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20, 32)}`,
};

/**
 * The value of `{{ unique.<name> }}` in one pass: of equal length and type in every pass, another in each, the same
 * within one. The kind is the name up to the first `-` or `_` (`email`, `email-2`, `email_buyer`); names of no kind
 * (`id`, `order`) get 12 lower-case letters.
 */
export function uniqueValue(seed: string, pass: number, name: string): unknown {
  const digits = createHash('sha256')
    .update(JSON.stringify([seed, pass, name]))
    .digest('hex');
  const kind = /^[^-_]*/.exec(name)?.[0] ?? '';
  return Object.hasOwn(makers, kind) ? makers[kind]?.(digits) : letters(digits, 12);
}

/** Letters alone, so that no value looks like a number or a hash. */
function letters(digits: string, length: number): string {
  return Array.from({ length }, (_, i) =>
    String.fromCharCode(97 + (Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16) % 26)),
  ).join('');
}
