import type { Facts } from '../facts.ts';
import type { Reason } from '../verdict.ts';

export function staleFork({ evidence }: Facts): Reason[] {
  return evidence.forks.stale.map(({ service, paths, asked, imageOf }) => ({
    code: 'stale-fork',
    ...(imageOf === undefined ? ofTree(service, paths, asked) : ofImage(service, paths, imageOf)),
    service,
  }));
}

function ofTree(service: string, paths: readonly string[], asked: string) {
  return {
    message: `The fork of ${service} was not made from the tree asked for as it is now (${asked.slice(0, 12)})${paths.length === 0 ? '' : `: it differs in ${some(paths)}`}.`,
    next: `Update the sandbox with provision_sandbox, then run again without editing meanwhile.`,
  };
}

/** A tag that was pushed again is not pulled again by a node that has it. */
function ofImage(service: string, paths: readonly string[], revision: string) {
  return {
    message: `The fork of ${service} runs the very image that revision ${revision.slice(0, 12)} has, though ${some(paths)} differ since: it holds that code, or these files are not in it.`,
    next: 'Build the image anew with `--label org.opencontainers.image.revision=<revision>`, which makes each one unlike all others, under a tag of its own, as a node does not pull a tag again that it has; then update the sandbox with provision_sandbox.',
  };
}

function some(paths: readonly string[]): string {
  const more = paths.length - 5;
  return `${paths.slice(0, 5).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
