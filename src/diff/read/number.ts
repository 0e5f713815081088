/**
 * A JSON number's text in one form for each value: `1.0`, `1` and `10e-1` are equal, `9007199254740993` is not
 * `9007199254740992`, `1e400` is finite, `-0` is `0`.
 */
export function canonicalNumber(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = '', power = '0'] = match;
  if (power.length > 18) return text.toLowerCase();
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return '0';
  const moved = digits.length - kept.length - fraction.length;
  // Only what has an exponent may have one that a double cannot hold.
  return `${sign}${kept}e${power === '0' ? moved : BigInt(power) + BigInt(moved)}`;
}
