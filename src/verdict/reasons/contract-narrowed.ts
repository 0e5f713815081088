import { isExpected } from '../checks.ts';
import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

/** A document is no proof of what the service does: so the run has not failed, and has not passed either. */
export function contractNarrowed(facts: Facts): Reason[] {
  return (facts.evidence.contracts ?? []).flatMap(({ service, file }): Reason[] => {
    const found = facts.contracts.filter(
      (one) => one.service === service && one.severity !== 'harmless' && !isExpected(facts, one),
    );
    if (found.length === 0) return [];
    const list = found.slice(0, 5).map(({ rule, place, request }) => `${rule} at ${place} of ${request}`);
    const more = found.length > 5 ? ` and ${found.length - 5} more` : '';
    return [
      {
        code: 'contract-narrowed',
        message: `By ${file}, ${service} takes fewer requests than the baseline: ${list.join(', ')}${more}.`,
        next: 'Let the document and the service take what they took, or, where the change is wanted, list { fingerprint, reason, base, expected } in seatrial.expected.yaml.',
        service,
      },
    ];
  });
}
