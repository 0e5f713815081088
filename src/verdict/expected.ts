import { comparedPairs, isOld } from './checks.ts';
import type { ExpectedChange } from './evidence.ts';
import type { Facts } from './facts.ts';

/** `open`: a finding matches, but further passes must settle it. */
export type ExpectedState = 'happened' | 'open' | 'landed' | 'absent' | 'not-exercised';

/**
 * Landed: the entry is older than the change under trial and was written against another baseline, which has
 * therefore taken the change in. An entry that the change under trial adds can never have landed.
 */
export function expectedState(facts: Facts, entry: ExpectedChange): ExpectedState {
  if (isOld(facts, entry)) return 'landed';
  const pairs = comparedPairs(facts);
  const matching = [
    ...pairs.flatMap(({ comparison }) => comparison?.findings ?? []),
    ...facts.contracts,
  ].filter(({ fingerprint }) => fingerprint === entry.fingerprint);
  if (matching.some(({ confirmed }) => confirmed)) return 'happened';
  if (matching.length > 0) return 'open';
  const documented = (facts.evidence.contracts ?? []).flatMap(({ endpoints }) => endpoints);
  return [...pairs.map(({ endpoint }) => endpoint), ...documented].some((endpoint) =>
    entry.fingerprint.startsWith(`${endpoint}-`),
  )
    ? 'absent'
    : 'not-exercised';
}
