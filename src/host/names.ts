import { createHash } from 'node:crypto';

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
