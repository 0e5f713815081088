import { createHash } from 'node:crypto';

/**
 * `<12 hex of service, method and path template>-<12 hex of status class, rule and place>`. Two parts, so that the
 * judge can tell whether a run exercised the endpoint of an expected change that matched nothing.
 */
export function fingerprint(
  endpoint: { readonly service: string; readonly method: string; readonly pathTemplate: string },
  difference: { readonly statusClass: string; readonly rule: string; readonly place: string },
): string {
  return `${endpointPrint(endpoint)}-${hash([difference.statusClass, difference.rule, difference.place])}`;
}

/** The first part of the fingerprint of every finding about this endpoint. */
export function endpointPrint(endpoint: {
  readonly service: string;
  readonly method: string;
  readonly pathTemplate: string;
}): string {
  const known = prints.get(endpoint);
  if (known !== undefined) return known;
  const print = hash([endpoint.service, endpoint.method.toUpperCase(), endpoint.pathTemplate]);
  prints.set(endpoint, print);
  return print;
}

/** Each endpoint once, however many findings it has. */
const prints = new WeakMap<object, string>();

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}
