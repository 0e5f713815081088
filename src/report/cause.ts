import type { RuleId } from '../diff/finding.ts';
import type { RequestFinding } from '../verdict/verdict.ts';
import { type FindingGroup, groupFindings } from './group.ts';

/** Findings that one change in the code most likely made: the same thing happened to the same name at several places. */
export interface Cause extends FindingGroup {
  /** Other places than the first one's, in the order of the groups. */
  readonly alsoAt: readonly string[];
}

/** Rules of which the name alone tells what happened; values, lengths and orders are things of their own place. */
const ofNames: ReadonlySet<RuleId> = new Set<RuleId>([
  'removed-field',
  'renamed-field',
  'added-field',
  'type-changed',
  'null-introduced',
  'format-changed',
  'leaked-field',
]);

const longestPlace = 300;

/** In the order of `groupFindings`: most severe first. */
export function groupCauses(findings: readonly RequestFinding[]): Cause[] {
  const causes = new Map<string, { first: RequestFinding; requests: string[]; alsoAt: string[] }>();
  for (const [index, { first, requests }] of groupFindings(findings).entries()) {
    const key = causeKey(first) ?? String(index);
    const cause = causes.get(key);
    if (cause === undefined) {
      causes.set(key, { first, requests: [...requests], alsoAt: [] });
      continue;
    }
    cause.alsoAt.push(first.place);
    const known = new Set(cause.requests);
    cause.requests.push(...requests.filter((request) => !known.has(request)));
  }
  return [...causes.values()];
}

/** Null where the finding stands for itself alone. */
function causeKey({ severity, rule, service, place, before, after }: RequestFinding): string | null {
  // Of a hostile place neither time nor sense: what names itself at such length stands for itself.
  if (place.length > longestPlace) return null;
  const name = /(?:\.([^.[\]']+)|\['((?:[^'\\]|\\.)*)'\])(?:\[\*\])*$/.exec(place);
  if (!ofNames.has(rule) || name === null) return null;
  return JSON.stringify([severity, rule, service, name[1] ?? name[2], kindOf(before), kindOf(after)]);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
