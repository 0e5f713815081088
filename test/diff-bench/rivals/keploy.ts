import { isObject, member, type Read, type Rival, read, shellPlaces } from './rival.ts';

/**
 * Keploy (keploy/keploy): one recorded answer, replayed. Noise is found when it is recorded (times, UUIDs and JWTs by
 * their looks, headers `etag`, `x-request-id`, `x-csrf-token`), and by replays of the same version under the refusals of
 * `pkg/matcher/noisepath.go`: never a structural change, an array's length, the root, a name with a dot, a path that
 * covers a field that did not change (entries match by substring, single names at every depth). Arrays are compared by
 * position (`ignoreOrdering` off: it would forgive order everywhere).
 */
export const keploy: Rival = {
  name: 'Keploy',
  source:
    'keploy/keploy: record-time and replay noise under its refusals, one recorded answer and all replays',
  places: (baseline, candidate) => {
    const [first, ...replays] = baseline.map(read);
    const [tested] = candidate.map(read);
    if (first === undefined || tested === undefined) return [];
    const fields = new Set(
      leaves('', first.body)
        .filter(([, value]) => looksNoisy(value))
        .map(([path]) => path.toLowerCase()),
    );
    const headers = new Set(
      [...first.headers].filter(([name, value]) => dynamic.has(name) || isTime(value)).map(([name]) => name),
    );
    let bodyOff = false;
    for (const replay of replays) {
      for (const place of shellPlaces(first, replay))
        if (place.startsWith('header:')) headers.add(place.slice(7));
      if (!first.json) bodyOff ||= first.body !== replay.body;
      else for (const path of learned(first, replay)) fields.add(path.toLowerCase());
    }
    const found = shellPlaces(first, tested).filter((place) => !headers.has(place.replace('header:', '')));
    if (first.status === tested.status && !bodyOff) walk('$', '', first.body, tested.body, fields, found);
    return [...new Set(found)];
  },
};

const dynamic: ReadonlySet<string> = new Set(['etag', 'x-request-id', 'x-csrf-token']);

/** Its date parser takes many forms; these are those that the cases have. */
function isTime(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/.test(text) ||
    /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d/.test(text) ||
    /^\d{10}(?:\d{3}|\d{6}|\d{9})?$/.test(text)
  );
}

function looksNoisy(value: unknown): boolean {
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
  return (
    isTime(text) ||
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ||
    /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(text)
  );
}

function leaves(path: string, value: unknown): (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.flatMap((item) => leaves(path, item));
  if (isObject(value))
    return Object.entries(value).flatMap(([key, one]) => leaves(path === '' ? key : `${path}.${key}`, one));
  return [[path, value]];
}

function matches(entry: string, path: string): boolean {
  const own = path.toLowerCase();
  return entry.includes('.') ? own.includes(entry) : own.split('.').includes(entry);
}

/** The paths that a replay teaches. */
function learned(first: Read, replay: Read): string[] {
  const drifted = new Set<string>();
  const visit = (path: string, one: unknown, other: unknown): void => {
    if (Array.isArray(one) && Array.isArray(other)) {
      if (one.length === other.length) for (const [at, item] of one.entries()) visit(path, item, other[at]);
    } else if (isObject(one) && isObject(other)) {
      for (const [key, value] of Object.entries(one))
        if (key in other) visit(path === '' ? key : `${path}.${key}`, value, other[key]);
    } else if (one !== other && typeof one !== 'object' && typeof other !== 'object') drifted.add(path);
  };
  visit('', first.body, replay.body);
  const all = [...new Set([...leaves('', first.body), ...leaves('', replay.body)].map(([path]) => path))];
  return [...drifted].filter(
    (path) => path !== '' && all.every((other) => drifted.has(other) || !matches(path.toLowerCase(), other)),
  );
}

function walk(
  place: string,
  path: string,
  one: unknown,
  other: unknown,
  noise: ReadonlySet<string>,
  found: string[],
): void {
  if (path !== '' && [...noise].some((entry) => matches(entry, path))) return;
  if (Array.isArray(one) && Array.isArray(other)) {
    if (one.length !== other.length) found.push(place);
    else for (const [at, item] of one.entries()) walk(`${place}[*]`, path, item, other[at], noise, found);
    return;
  }
  if (isObject(one) && isObject(other)) {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      const own = path === '' ? key : `${path}.${key}`;
      if (key in one && key in other) walk(member(place, key), own, one[key], other[key], noise, found);
      else if (![...noise].some((entry) => matches(entry, own))) found.push(member(place, key));
    }
    return;
  }
  if (JSON.stringify(one) !== JSON.stringify(other)) found.push(place);
}
