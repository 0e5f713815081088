import { createHash } from 'node:crypto';
import type { Severity } from '../diff/finding.ts';
import type { RequestFinding } from '../verdict/verdict.ts';

/** Findings of one rule, service and place: one cause that shows in several requests. */
export interface FindingGroup {
  readonly first: RequestFinding;
  readonly requests: readonly string[];
}

const severities: readonly Severity[] = ['breaking', 'suspicious', 'harmless'];

/** Most severe first, then those that show in most requests, then by name. */
export function groupFindings(findings: readonly RequestFinding[]): FindingGroup[] {
  const groups = new Map<string, { first: RequestFinding; requests: string[] }>();
  for (const finding of findings) {
    const key = keyOf(finding);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: finding, requests: [finding.request] });
    else if (!group.requests.includes(finding.request)) group.requests.push(finding.request);
  }
  return [...groups.values()].sort(
    (a, b) =>
      severities.indexOf(a.first.severity) - severities.indexOf(b.first.severity) ||
      b.requests.length - a.requests.length ||
      byCodeUnits(a.first.rule, b.first.rule) ||
      byCodeUnits(a.first.service, b.first.service) ||
      byCodeUnits(a.first.place, b.first.place),
  );
}

/** `3 breaking, 1 harmless`. */
export function countBySeverity(findings: readonly RequestFinding[]): string {
  return severities
    .map((severity) => ({
      severity,
      count: findings.filter((finding) => finding.severity === severity).length,
    }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}`)
    .join(', ');
}

/** A digest, as V8 hashes very long strings by their length alone: 1,000 long places took seconds. */
function keyOf({ severity, rule, service, place }: RequestFinding): string {
  return createHash('sha256')
    .update(JSON.stringify([severity, rule, service, place]))
    .digest('base64');
}

function byCodeUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
