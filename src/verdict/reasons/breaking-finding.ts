import { comparedPairs, judgedFindings } from '../checks.ts';
import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function breakingFinding(facts: Facts): Reason[] {
  return comparedPairs(facts).flatMap((pair): Reason[] => {
    const breaking = judgedFindings(facts, pair).filter(({ severity }) => severity === 'breaking');
    if (breaking.length === 0) return [];
    const list = breaking.slice(0, 5).map(({ rule, place }) => `${rule} at ${place}`);
    const more = breaking.length > 5 ? ` and ${breaking.length - 5} more` : '';
    return [
      {
        code: 'breaking-finding',
        message: `${pair.check.id} (${pair.check.method} ${pair.check.pathTemplate} of ${pair.check.service}) answers differently and breaks clients: ${list.join(', ')}${more}.`,
        next: 'Fix the code, or, where the change is wanted, list { fingerprint, reason, base, expected } in seatrial.expected.yaml.',
        check: pair.check.id,
        service: pair.check.service,
      },
    ];
  });
}
