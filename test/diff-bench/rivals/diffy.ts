import { isObject, member, type Read, type Rival, read } from './rival.ts';

/**
 * Diffy (opendiffy/diffy): `compare/Difference.scala` for what differs, `analysis/JoinedDifferences.scala` for what is
 * told: a field whose differences between candidate and primary outnumber those between secondary and primary, by more
 * than 20 % of both together and 0.03 % of all requests. Requests of the endpoint are our answers; each baseline answer is
 * a primary, and the next one its secondary.
 */
export const diffy: Rival = {
  name: 'Diffy',
  source: 'opendiffy/diffy, relative threshold 20 %, absolute 0.03 %, all answers',
  places: (baseline, candidate) => {
    const primaries = baseline.map(read);
    const candidates = candidate.map(read);
    const total = Math.min(primaries.length, candidates.length);
    const raw = new Map<string, number>();
    const noise = new Map<string, number>();
    const places = new Map<string, string>();
    for (let at = 0; at < total; at += 1) {
      const primary = primaries[at];
      const secondary = primaries[(at + 1) % total];
      const other = candidates[at];
      if (primary === undefined || secondary === undefined || other === undefined) continue;
      count(raw, places, differences(primary, other));
      if (total > 1) count(noise, places, differences(primary, secondary));
    }
    const told = [...raw].filter(([path, differs]) => {
      const noisy = noise.get(path) ?? 0;
      const relative = (Math.abs(differs - noisy) / (differs + noisy)) * 100;
      const absolute = (Math.abs(differs - noisy) / total) * 100;
      return differs > noisy && relative > 20 && absolute > 0.03;
    });
    return [...new Set(told.map(([path]) => places.get(path) ?? '$'))];
  },
};

function count(
  counts: Map<string, number>,
  places: Map<string, string>,
  found: ReadonlyMap<string, string>,
): void {
  for (const [path, place] of found) {
    counts.set(path, (counts.get(path) ?? 0) + 1);
    places.set(path, place);
  }
}

/** Path with the kind of difference, as Diffy counts fields → our place. */
function differences(one: Read, other: Read): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  // Its message is a map from the status to all else: another status hides the rest.
  if (one.status !== other.status) return new Map([['status', 'status']]);
  for (const name of new Set([...one.headers.keys(), ...other.headers.keys()])) {
    if (one.headers.get(name) !== other.headers.get(name)) found.set(`headers.${name}`, `header:${name}`);
  }
  compare('$', one.body, other.body, found);
  return found;
}

function compare(place: string, left: unknown, right: unknown, found: Map<string, string>): void {
  if (JSON.stringify(left) === JSON.stringify(right)) return;
  if (Array.isArray(left) && Array.isArray(right)) {
    lists(place, left, right, found);
    return;
  }
  if (isObject(left) && isObject(right)) {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const own = member(place, key);
      if (!(key in right)) found.set(`${own}.MissingField`, own);
      else if (!(key in left)) found.set(`${own}.ExtraField`, own);
      else compare(own, left[key], right[key], found);
    }
    return;
  }
  const kind =
    typeof left === typeof right && left !== null && right !== null && typeof left !== 'object'
      ? 'Primitive'
      : 'Type';
  found.set(`${place}.${kind}Difference`, place);
}

function lists(
  place: string,
  left: readonly unknown[],
  right: readonly unknown[],
  found: Map<string, string>,
): void {
  const rest = right.map((item) => JSON.stringify(item));
  const gone = left.filter((item) => {
    const at = rest.indexOf(JSON.stringify(item));
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  if (gone.length === 0 && rest.length === 0) found.set(`${place}.OrderingDifference`, place);
  else if (left.length !== right.length) found.set(`${place}.SeqSizeDifference`, place);
  else for (const [at, item] of left.entries()) compare(`${place}[*]`, item, right[at], found);
}
