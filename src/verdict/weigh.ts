import type { Comparison } from '../diff/compare.ts';
import { withDocument } from '../diff/contract/direction.ts';
import type { DocumentedPlace } from '../diff/contract/openapi.ts';
import type { Severity } from '../diff/finding.ts';
import type { PolicyEvidence } from './evidence.ts';
import { withPolicy } from './policy.ts';

const ranks: readonly Severity[] = ['breaking', 'suspicious', 'harmless'];

/** The comparison as the service's own document makes its findings weigh, and then as the policy does. */
export function weighed(
  comparison: Comparison,
  {
    service,
    documented = [],
  }: { readonly service: string; readonly documented?: readonly DocumentedPlace[] | undefined },
  policy: PolicyEvidence | undefined,
): Comparison {
  return withPolicy(asDocumented(comparison, documented), service, policy);
}

function asDocumented(comparison: Comparison, documented: readonly DocumentedPlace[]): Comparison {
  if (documented.length === 0) return comparison;
  const places = new Map(documented.map((entry) => [entry.place, entry]));
  const findings = comparison.findings.map((finding) => withDocument(finding, places));
  const differs = ranks.find((rank) => findings.some(({ severity }) => severity === rank)) ?? 'none';
  return { ...comparison, differs, findings };
}
