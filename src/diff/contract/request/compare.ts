import type { Finding } from '../../finding.ts';
import { endpointPrint, fingerprint } from '../../fingerprint.ts';
import { requestRules } from '../../rules/request/table.ts';
import { operationsOf } from './operations.ts';

export interface DocumentComparison {
  readonly findings: readonly RequestFindingOf[];
  /** First part of the fingerprints that findings of these documents can have. */
  readonly endpoints: readonly string[];
}

export interface RequestFindingOf extends Finding {
  /** `POST /carts/{id}`, as the baseline's document writes it. */
  readonly request: string;
}

/**
 * What the candidate's OpenAPI document takes no more of what the baseline's does: the direction of requests. Documents
 * alone are compared: whether the service does as they say is for answers to show. Pure; neither may be unusable (see
 * `documentProblem`).
 */
export function compareDocuments(service: string, before: unknown, after: unknown): DocumentComparison {
  const now = operationsOf(after);
  const findings: RequestFindingOf[] = [];
  const endpoints: string[] = [];
  for (const [key, was] of operationsOf(before)) {
    const is = now.get(key) ?? null;
    const request = `${was.method} ${was.path}`;
    const endpoint = { service, method: was.method, pathTemplate: `document ${key}` };
    endpoints.push(endpointPrint(endpoint));
    for (const rule of requestRules) {
      for (const narrowed of rule.find(was, is)) {
        findings.push({
          rule: rule.id,
          severity: rule.severity,
          ...narrowed,
          confirmed: true,
          why: 'The OpenAPI document of the baseline takes it, and that of the candidate does not.',
          effect: rule.effect,
          fingerprint: fingerprint(endpoint, {
            statusClass: 'request',
            rule: rule.id,
            place: narrowed.place,
          }),
          answers: { baseline: 0, candidate: 0 },
          request,
        });
      }
    }
  }
  return { findings: findings.sort(bySeverity), endpoints };
}

const order: readonly string[] = ['breaking', 'suspicious', 'harmless'];

function bySeverity(one: Finding, other: Finding): number {
  return order.indexOf(one.severity) - order.indexOf(other.severity);
}
