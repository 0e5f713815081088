import type { ClusterService } from '../gateway/channel-api.ts';
import type { Baseline } from '../sandbox/sandbox.ts';

/**
 * Which commit the baseline runs: what the Deployments of the forkable services say (annotation `seatrial.dev/commit`).
 * The change is what differs from the merge base, so that stays the commit; where a service says another one, or none,
 * it is assumed, and findings may come from the commits between.
 */
export function baselineOf(mergeBase: Baseline, services: readonly ClusterService[]): Baseline {
  const told = services.filter(({ workload }) => workload !== null);
  const others = told.filter(({ commit }) => commit !== null && !sameCommit(commit, mergeBase.commit));
  const silent = told.filter(({ commit }) => commit === null);
  if (told.length > 0 && others.length === 0 && silent.length === 0) return { ...mergeBase, assumed: false };
  const notes = others.map(({ name, commit }) => `${name} runs ${(commit ?? '').slice(0, 12)}`);
  return {
    ...mergeBase,
    from: notes.length === 0 ? mergeBase.from : `${mergeBase.from}; ${some(notes)}`,
    assumed: true,
  };
}

/**
 * The commits that a service's baseline may run, the one that it tells first, where `digest` is its very image: such a
 * fork holds no change. Else none.
 */
export function baselineRevisions(
  service: string,
  digest: string,
  services: readonly ClusterService[],
  mergeBase: Baseline,
): readonly string[] {
  const baseline = services.find(({ name }) => name === service);
  if (baseline === undefined || !baseline.digests.includes(digest)) return [];
  return baseline.commit === null ? [mergeBase.commit] : [baseline.commit, mergeBase.commit];
}

/** An annotation may be shortened, as `git rev-parse --short` gives it. */
function sameCommit(said: string, commit: string): boolean {
  return said.length >= 7 && commit.startsWith(said.toLowerCase());
}

function some(notes: readonly string[]): string {
  const more = notes.length - 3;
  return `${notes.slice(0, 3).join(', ')}${more > 0 ? ` and ${more} more differ` : ''}`;
}
