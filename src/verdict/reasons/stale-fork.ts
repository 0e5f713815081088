import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function staleFork({ evidence }: Facts): Reason[] {
  return evidence.forks.stale.map(({ service, paths, asked }) => ({
    code: 'stale-fork',
    message: `The fork of ${service} was not made from the tree asked for as it is now (${asked.slice(0, 12)})${paths.length === 0 ? '' : `: it differs in ${some(paths)}`}.`,
    next: `Update the sandbox with provision_sandbox, then run again without editing meanwhile.`,
    service,
  }));
}

function some(paths: readonly string[]): string {
  const more = paths.length - 5;
  return `${paths.slice(0, 5).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
