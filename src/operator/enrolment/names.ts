import { createHash } from 'node:crypto';
import { domain } from '../../sandbox/cluster-names.ts';

const longest = 63;
const suffix = '-seatrial';

/** `pricing-seatrial`; where that is too long for a Service, cut and told apart by a hash. */
export function shadowName(service: string): string {
  if (service.length + suffix.length <= longest) return `${service}${suffix}`;
  const hash = createHash('sha256').update(service).digest('hex').slice(0, 8);
  return `${service.slice(0, longest - suffix.length - hash.length - 1)}-${hash}${suffix}`;
}

/** On a shadow: how often its Service was restored by somebody else, as JSON. */
export const driftAnnotation = `${domain}/drift`;
