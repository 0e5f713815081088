import { isObject, member, type Read, type Rival, read } from './rival.ts';

/**
 * A schema inferred from all answers of each side, compared as oasdiff compares two documents in a response: a property
 * removed or no longer required, a type or format changed, null allowed, an enum widened, a status, media type or header
 * gone. Values are no matter of a schema.
 */
export const schema: Rival = {
  name: 'inferred schema',
  source: 'a schema inferred from all answers a side, compared by oasdiff’s table for responses',
  places: (baseline, candidate) => {
    const before = baseline.map(read);
    const after = candidate.map(read);
    const found: string[] = [];
    const statuses = new Set(before.map(({ status }) => status));
    if (after.some(({ status }) => !statuses.has(status))) found.push('status');
    const same = after.filter(({ status }) => statuses.has(status));
    if (same.length === 0) return found;
    headers(before, same, found);
    compare('$', infer(before.map(({ body }) => body)), infer(same.map(({ body }) => body)), found);
    return [...new Set(found)];
  },
};

interface Schema {
  readonly types: ReadonlySet<string>;
  readonly nullable: boolean;
  /** Of all strings here, where they share one. */
  readonly format: string | null;
  /** Where strings repeat often enough to be taken for one. */
  readonly members: ReadonlySet<string> | null;
  readonly properties: ReadonlyMap<string, { readonly schema: Schema; readonly required: boolean }>;
  readonly items: Schema | null;
}

function infer(values: readonly unknown[]): Schema {
  const filled = values.filter((value) => value !== null);
  const objects = filled.filter(isObject);
  const keys = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const lists = filled.filter((value) => Array.isArray(value));
  const items = lists.flat();
  const texts = filled.filter((value) => typeof value === 'string');
  const formats = new Set(texts.map(format));
  const members = new Set(texts);
  return {
    types: new Set(filled.map(typeOf)),
    nullable: filled.length < values.length,
    format: formats.size === 1 ? ([...formats][0] ?? null) : null,
    members:
      texts.length >= 4 &&
      members.size <= 6 &&
      members.size * 3 <= texts.length &&
      texts.every((text) => /^[\w-]{1,20}$/.test(text))
        ? members
        : null,
    properties: new Map(
      keys.map((key) => {
        const own = objects.filter((object) => key in object);
        return [
          key,
          { schema: infer(own.map((object) => object[key])), required: own.length === objects.length },
        ];
      }),
    ),
    items: items.length === 0 ? null : infer(items),
  };
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

function format(text: string): string | null {
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return 'uuid';
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text)) return 'date-time';
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return 'date';
  if (/^[^@\s]+@[^@\s]+\.\w+$/.test(text)) return 'email';
  return /^https?:\/\/\S+$/.test(text) ? 'uri' : null;
}

function compare(place: string, before: Schema, after: Schema, found: string[]): void {
  const known = before.types.size > 0 && after.types.size > 0;
  if (known && [...after.types].some((type) => !before.types.has(type))) found.push(place);
  if (after.nullable && !before.nullable) found.push(place);
  if (known && before.format !== null && after.format !== before.format) found.push(place);
  const widened =
    before.members !== null &&
    after.members !== null &&
    [...after.members].some((one) => before.members?.has(one) === false);
  if (widened) found.push(place);
  for (const [key, { schema: own, required }] of before.properties) {
    const other = after.properties.get(key);
    if (other === undefined) {
      if (after.types.has('object')) found.push(member(place, key));
    } else {
      if (required && !other.required) found.push(member(place, key));
      compare(member(place, key), own, other.schema, found);
    }
  }
  if (before.items !== null && after.items !== null) compare(`${place}[*]`, before.items, after.items, found);
}

function headers(before: readonly Read[], after: readonly Read[], found: string[]): void {
  const always = (answers: readonly Read[], name: string): boolean =>
    answers.every((one) => one.headers.has(name));
  const names = new Set(before.flatMap((one) => [...one.headers.keys()]));
  for (const name of names) if (always(before, name) && !always(after, name)) found.push(`header:${name}`);
  const types = (answers: readonly Read[]): Set<string> =>
    new Set(answers.map((one) => one.headers.get('content-type') ?? ''));
  const known = types(before);
  if ([...types(after)].some((type) => !known.has(type))) found.push('header:content-type');
}
