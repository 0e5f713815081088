import type { Owner } from './sandbox.ts';

/** *Mine* needs all three. */
export function sameOwner(a: Owner, b: Owner): boolean {
  return a.principal === b.principal && a.repository === b.repository && a.workingTree === b.workingTree;
}
