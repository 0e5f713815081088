import { diff, type IChange } from 'json-diff-ts';
import { member, type Read, type Rival, read, shellPlaces } from './rival.ts';

/** json-diff-ts 4.10.4 over one answer a side: every difference is told. It has no use for more answers. */
export const raw: Rival = {
  name: 'raw structural diff',
  source: 'json-diff-ts 4.10.4 `diff()`, one answer a side',
  places: ([baseline], [candidate]) => {
    if (baseline === undefined || candidate === undefined) return [];
    const one = read(baseline);
    const other = read(candidate);
    return [...new Set([...shellPlaces(one, other), ...bodyPlaces(one, other)])];
  },
};

function bodyPlaces(one: Read, other: Read): string[] {
  if (one.status !== other.status) return [];
  return below('$', diff({ root: one.body }, { root: other.body }), true);
}

function below(place: string, changes: readonly IChange[], top: boolean, indexed = false): string[] {
  return changes.flatMap((change) => {
    const own = top ? '$' : indexed ? `${place}[*]` : member(place, String(change.key));
    if (change.changes === undefined) return [own];
    return below(own, change.changes, false, change.embeddedKey !== undefined);
  });
}
