/** What a string looks like. `plain` and `token` (one word of mixed characters) say nothing that could be asserted. */
export type Format =
  | 'empty'
  | 'uuid'
  | 'ulid'
  | 'timestamp-utc'
  | 'timestamp-offset'
  | 'timestamp-local'
  | 'date'
  | 'time'
  | 'http-date'
  | 'duration'
  | 'jwt'
  | 'url'
  | 'path'
  | 'email'
  | 'ipv4'
  | 'ipv6'
  | 'semver'
  | 'decimal'
  | 'hex'
  | 'token'
  | 'plain'
  | 'epoch-seconds'
  | 'epoch-milliseconds'
  | 'number';

const day = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`;
const clock = String.raw`(?:[01]\d|2[0-4]):[0-5]\d(?::[0-6]\d(?:[.,]\d+)?)?`;

const table: readonly (readonly [Format, RegExp])[] = [
  ['uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i],
  ['timestamp-utc', new RegExp(`^${day}[Tt ]${clock}(?:[Zz]|[+-]00:?00)$`)],
  ['timestamp-offset', new RegExp(`^${day}[Tt ]${clock}[+-]\\d{2}:?\\d{2}$`)],
  ['timestamp-local', new RegExp(`^${day}[Tt ]${clock}$`)],
  ['date', new RegExp(`^${day}$`)],
  ['time', new RegExp(`^${clock}$`)],
  [
    'http-date',
    /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/,
  ],
  [
    'duration',
    /^P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/,
  ],
  ['jwt', /^eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*$/],
  ['url', /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#]+[^\s]*$/i],
  ['path', /^\/(?!\/)[^\s]*$/],
  ['email', /^[^\s@<>()]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/],
  ['ipv4', /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/],
  ['ipv6', /^(?=.*:.*:)[0-9a-f:]{2,39}$/i],
  ['semver', /^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/],
  ['ulid', /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/],
  ['decimal', /^-?\d+(?:\.\d+)?$/],
  ['hex', /^(?=.*\d)(?:[0-9a-f]{8,}|[0-9A-F]{8,})$/],
  ['token', /^(?=.*\d)[\w.~+/=-]{8,}$/],
];

export function stringFormat(text: string): Format {
  if (text === '') return 'empty';
  if (text.length > 4096) return text.startsWith('eyJ') ? 'jwt' : 'plain';
  for (const [format, pattern] of table) if (pattern.test(text)) return format;
  return 'plain';
}

/** Seconds or milliseconds since 1970 between the years 2001 and 2096, else a number like any other. */
export function numberFormat(text: string): Format {
  if (!/^\d{10}(?:\.\d+)?$|^\d{13}$/.test(text)) return 'number';
  const value = Number(text);
  if (value >= 1e9 && value < 4e9) return 'epoch-seconds';
  return value >= 1e12 && value < 4e12 ? 'epoch-milliseconds' : 'number';
}

const loose: ReadonlySet<Format> = new Set(['empty', 'plain', 'token', 'hex', 'decimal', 'path', 'number']);

/** Whether a place of this format can lose it: a hex id may by chance look like a number, a UUID may not. */
export function isStrict(format: Format): boolean {
  return !loose.has(format);
}

const ids: ReadonlySet<Format> = new Set(['uuid', 'ulid', 'hex', 'token', 'jwt']);

export function isIdLike(text: string): boolean {
  return text.length >= 8 && ids.has(stringFormat(text));
}

/** Fractional seconds of a timestamp: `none`, or `some` (trailing zeros may be cut, so not how many). */
export function hasFraction(text: string): boolean {
  return /:\d{2}[.,]\d+/.test(text);
}
