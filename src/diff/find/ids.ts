import type { Node } from '../read/node.ts';
import { isIdLike, stringFormat } from './format.ts';
import { rises, sequential } from './sequence.ts';
import type { View } from './view.ts';

/** A value and the number of its answer. */
export type Seen = readonly [answer: number, node: Node];

/**
 * An id that the baseline makes anew each time still stands in the same places each time. Candidate answers in which it
 * no longer agrees with them, where those places have ids at all.
 */
export function strayIds(
  before: readonly Seen[],
  after: readonly Seen[],
  place: string,
  view: View,
): { readonly strays: readonly Seen[]; readonly site: string } | null {
  if (!before.every(([, node]) => node.kind === 'string' && isIdLike(node.text))) return null;
  const common = sharedSites(before, place, view.earlier);
  const site = [...common].sort()[0];
  if (site === undefined) return null;
  const strays = after.filter(([answer, node]) => {
    const sites = node.kind === 'string' ? view.elsewhere(answer, node.text, place) : new Set<string>();
    return (
      [...common].every((each) => !sites.has(each)) && [...common].some((each) => view.hasId(answer, each))
    );
  });
  return { strays, site };
}

/**
 * An id from a sequence that all of the baseline repeats in other places of its own pass, and no candidate answer where
 * those places have one. Two measures may be equal by chance: both sides must go on from answer to answer.
 */
export function strayNumbers(
  before: readonly Seen[],
  after: readonly Seen[],
  place: string,
  view: View,
): { readonly site: string } | null {
  const was = numbered(before);
  const is = numbered(after);
  if (was === null || is === null || was.length < 2 || is.length < 2) return null;
  if (!rises(was.map(([, text]) => text)) || !rises(is.map(([, text]) => text))) return null;
  const sets = was.map(([answer, text]) => view.numbered(answer, text, place));
  const common = [...(sets[0] ?? [])].filter((site) => sets.every((set) => set.has(site))).sort();
  const site = common.find((each) => is.every(([answer]) => view.hasNumber(answer, each)));
  if (site === undefined) return null;
  const repeats = is.some(([answer, text]) => {
    const sites = view.numbered(answer, text, place);
    return common.some((each) => sites.has(each));
  });
  return repeats ? null : { site };
}

function numbered(seen: readonly Seen[]): (readonly [answer: number, text: string])[] | null {
  const found = seen.flatMap(([answer, node]) => {
    const text = node.kind === 'string' ? node.text : node.kind === 'number' ? node.raw : '';
    const number = sequential(text);
    return number === null ? [] : [[answer, number] as const];
  });
  return found.length === seen.length ? found : null;
}

/** An id that is another one in the candidate, everywhere at once, is a new name for the same thing. */
export function renamedEverywhere(
  before: readonly Seen[],
  after: readonly Seen[],
  place: string,
  view: View,
): boolean {
  const texts = [...before, ...after].map(([, node]) => (node.kind === 'string' ? node.text : ''));
  if (!texts.every((text) => text.length >= 16 && isIdLike(text))) return false;
  if (new Set(texts.map(stringFormat)).size !== 1) return false;
  const was = sharedSites(before, place, view.elsewhere);
  const is = sharedSites(after, place, view.elsewhere);
  return was.size > 0 && was.size === is.size && [...was].every((site) => is.has(site));
}

function sharedSites(seen: readonly Seen[], place: string, sitesOf: View['elsewhere']): Set<string> {
  const sets = seen.map(([answer, node]) =>
    node.kind === 'string' ? sitesOf(answer, node.text, place) : new Set<string>(),
  );
  const [first, ...others] = sets;
  return new Set([...(first ?? [])].filter((site) => others.every((set) => set.has(site))));
}
