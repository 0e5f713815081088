import { comparedPairs } from './checks.ts';
import type { ExpectedChange } from './evidence.ts';
import type { Facts } from './facts.ts';

/** `open`: a finding matches, but further passes must settle it. */
export type ExpectedState = 'happened' | 'open' | 'landed' | 'absent' | 'not-exercised';

/**
 * Landed: the entry is older than the change under trial and was written against another baseline, which has
 * therefore taken the change in. An entry that the change under trial adds can never have landed.
 */
export function expectedState(facts: Facts, entry: ExpectedChange): ExpectedState {
  const pairs = comparedPairs(facts);
  const matching = pairs
    .flatMap(({ comparison }) => comparison?.findings ?? [])
    .filter(({ fingerprint }) => fingerprint === entry.fingerprint);
  if (matching.some(({ confirmed }) => confirmed)) return 'happened';
  if (matching.length > 0) return 'open';
  if (!entry.addedByChange && !sameCommit(entry.base, facts.evidence.baseline.commit)) return 'landed';
  return pairs.some(({ endpoint }) => entry.fingerprint.startsWith(`${endpoint}-`))
    ? 'absent'
    : 'not-exercised';
}

/** Either may be abbreviated, to seven characters at least. */
function sameCommit(one: string, other: string): boolean {
  const [short = '', long = ''] = [one.toLowerCase(), other.toLowerCase()].sort(
    (a, b) => a.length - b.length,
  );
  return short.length >= 7 && long.startsWith(short);
}
