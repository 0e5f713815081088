import { createHash } from 'node:crypto';
import { SeatrialError } from '../errors.ts';

const label = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;

/** A DNS label (RFC 1123) of at most 40 characters: the name becomes part of host names and resource names. */
export function checkName(name: string): string {
  if (label.test(name)) return name;
  throw new SeatrialError('invalid-argument', {
    what: `${JSON.stringify(name.slice(0, 80))} is no name for a sandbox.`,
    next: 'Use 1 to 40 lower-case letters, digits and dashes, such as `pricing-fix`; or leave the name out.',
  });
}

/** The same for the same branch of the same working tree: provisioning again finds the same sandbox. */
export function defaultName(branch: string | null, workingTree: string): string {
  const hash = createHash('sha256').update(workingTree).digest('hex').slice(0, 6);
  const slug = (branch ?? 'detached')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 32)
    .replace(/^-+|-+$/g, '');
  return `${slug === '' ? 'branch' : slug}-${hash}`;
}
