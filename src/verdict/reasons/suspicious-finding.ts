import { comparedPairs, judgedFindings } from '../checks.ts';
import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function suspiciousFinding(facts: Facts): Reason[] {
  return comparedPairs(facts).flatMap((pair): Reason[] => {
    const suspicious = judgedFindings(facts, pair).filter(({ severity }) => severity === 'suspicious');
    if (suspicious.length === 0) return [];
    const list = suspicious.slice(0, 5).map(({ rule, place }) => `${rule} at ${place}`);
    const more = suspicious.length > 5 ? ` and ${suspicious.length - 5} more` : '';
    return [
      {
        code: 'suspicious-finding',
        message: `${pair.check.id} answers differently in a way that may matter: ${list.join(', ')}${more}.`,
        next: 'Fix the code, or, where the change is wanted, list { fingerprint, reason, base, expected } in seatrial.expected.yaml.',
        check: pair.check.id,
        service: pair.check.service,
      },
    ];
  });
}
