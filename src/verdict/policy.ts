import type { Comparison } from '../diff/compare.ts';
import type { Finding, Severity } from '../diff/finding.ts';
import type { PolicyEvidence } from './evidence.ts';
import { lowers, type SeverityOverride } from './policy-file.ts';

type Applicable = PolicyEvidence['severities'][number];

const ranks: readonly Severity[] = ['harmless', 'suspicious', 'breaking'];

/** The comparison with the severities of the policy. What the change itself brought to it may raise and never lower. */
export function withPolicy(
  comparison: Comparison,
  service: string,
  policy: PolicyEvidence | undefined,
): Comparison {
  if (policy === undefined || policy.severities.length === 0) return comparison;
  const judged = (findings: readonly Finding[]): Finding[] =>
    findings.map((finding) => findingWithPolicy(finding, service, policy));
  const findings = judged(comparison.findings);
  const worst = Math.max(-1, ...findings.map(({ severity }) => ranks.indexOf(severity)));
  const differs = ranks[worst] ?? 'none';
  return { ...comparison, differs, findings, unconfirmed: judged(comparison.unconfirmed) };
}

/** The same of one finding. */
export function findingWithPolicy<T extends Finding>(
  finding: T,
  service: string,
  policy: PolicyEvidence | undefined,
): T {
  return policy === undefined ? finding : { ...finding, severity: severityOf(finding, service, policy) };
}

function severityOf(finding: Finding, service: string, { severities }: PolicyEvidence): Severity {
  const fitting = severities.filter((entry) => fits(entry, service, finding));
  const before = mostParticular(fitting.filter(({ addedByChange }) => !addedByChange)) ?? finding.severity;
  const now = mostParticular(fitting) ?? finding.severity;
  return ranks.indexOf(now) >= ranks.indexOf(before) ? now : before;
}

/** With a place before without, with a service before without; else the first. */
function mostParticular(entries: readonly Applicable[]): Severity | null {
  const weight = (entry: SeverityOverride) =>
    (entry.place === null ? 0 : 2) + (entry.service === null ? 0 : 1);
  return [...entries].sort((one, other) => weight(other) - weight(one))[0]?.severity ?? null;
}

function fits(entry: SeverityOverride, service: string, { rule, place }: Finding): boolean {
  return (
    entry.rule === rule &&
    (entry.place === null || entry.place === place) &&
    (entry.service === null || entry.service === service)
  );
}

/** One sentence for each entry that lowered what this run found, or that would have. */
export function policyWarnings(
  policy: PolicyEvidence | undefined,
  found: readonly { readonly service: string; readonly finding: Finding }[],
): string[] {
  return (policy?.severities ?? []).flatMap((entry) => {
    const hits = found.filter(({ service, finding }) => fits(entry, service, finding));
    if (hits.length === 0) return [];
    const what = `${entry.rule} at ${entry.place ?? 'every place'} ${entry.severity} (${entry.reason})`;
    if (entry.addedByChange && lowers(entry)) {
      return [
        `The change itself brought the override that makes ${what}: it counts once the baseline has it.`,
      ];
    }
    const times = `${hits.length} ${hits.length === 1 ? 'finding' : 'findings'}`;
    return [`By seatrial.policy.yaml, ${what} in ${times}.`];
  });
}
