import { SeatrialError } from '../errors.ts';

/** Of a sandbox: a DNS label (RFC 1123) of at most 40 characters, as it names hosts, and objects in a cluster. */
export const namePattern = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;

/** Throws `invalid-argument`. */
export function checkName(name: string): string {
  if (namePattern.test(name)) return name;
  throw new SeatrialError('invalid-argument', {
    what: `${JSON.stringify(name.slice(0, 80))} is no name for a sandbox.`,
    next: 'Use 1 to 40 lower-case letters, digits and dashes, such as `pricing-fix`; or leave the name out.',
  });
}
