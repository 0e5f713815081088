import type { Finding, RuleId, Severity } from '../finding.ts';
import type { DocumentedPlace } from './openapi.ts';

/** A line of the table: what the document says of a response that makes a finding of the rule weigh otherwise. */
interface Direction {
  readonly rule: RuleId;
  readonly severity: Severity;
  /** What the document says, as a clause. */
  readonly says: string;
  readonly applies: (
    documented: DocumentedPlace,
    finding: Finding,
    parent: DocumentedPlace | null,
  ) => boolean;
}

/**
 * Taking away what was promised breaks clients; taking away what never was may still break those that came to rely on
 * it, so it is suspicious and not harmless. After oasdiff's table for responses. Requests have a
 * table of their own, `rules/request`.
 */
export const directions: readonly Direction[] = [
  {
    rule: 'removed-field',
    severity: 'suspicious',
    says: 'the field is optional',
    applies: ({ optional }) => optional,
  },
  {
    rule: 'null-introduced',
    severity: 'suspicious',
    says: 'it may be null',
    applies: ({ nullable }) => nullable,
  },
  {
    rule: 'type-changed',
    severity: 'suspicious',
    says: 'it may be of this type',
    applies: ({ types }, { after }) =>
      types.length > 1 && typesOf(after).some((type) => types.includes(type)),
  },
  {
    rule: 'added-field',
    severity: 'suspicious',
    says: 'there are no other fields than those it names',
    applies: (_, __, parent) => parent?.closed === true,
  },
];

/** The finding as the document makes it weigh; as it is where the document says nothing of its place. */
export function withDocument(finding: Finding, documented: ReadonlyMap<string, DocumentedPlace>): Finding {
  const parent = documented.get(parentOf(finding.place)) ?? null;
  const own = documented.get(finding.place);
  const line = directions.find(
    ({ rule, applies }) =>
      rule === finding.rule &&
      (own !== undefined ? applies(own, finding, parent) : applies(unknown(finding.place), finding, parent)),
  );
  if (line === undefined) return finding;
  return {
    ...finding,
    severity: line.severity,
    why: `${finding.why} By the service's OpenAPI document, ${line.says}.`,
  };
}

function unknown(place: string): DocumentedPlace {
  return { place, optional: false, nullable: false, types: [], closed: false };
}

function parentOf(place: string): string {
  return place.replace(/(?:\.[^.[\]']+|\['(?:[^'\\]|\\.)*'\]|\[\*\])$/, '');
}

function typesOf(value: unknown): string[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  return typeof value === 'number' ? ['number', 'integer'] : [typeof value];
}
