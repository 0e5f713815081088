import { createHash } from 'node:crypto';

export interface FingerprintParts {
  readonly service: string;
  readonly method: string;
  readonly pathTemplate: string;
  /** `2xx`, or `none` where no answer came: of the baseline. */
  readonly statusClass: string;
  readonly rule: string;
  readonly place: string;
}

/** Names a finding for good: the same change has the same one in every run, whatever the values. 16 hex digits. */
export function fingerprint(parts: FingerprintParts): string {
  const { service, method, pathTemplate, statusClass, rule, place } = parts;
  const text = JSON.stringify([service, method.toUpperCase(), pathTemplate, statusClass, rule, place]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
