import type { Facts } from '../facts.ts';
import { forkLives } from '../fork-life.ts';
import type { Reason } from '../verdict.ts';

export function unknownRevision(facts: Facts): Reason[] {
  return forkLives(facts)
    .filter((life) =>
      [life.before, life.after].some(
        (fork) => fork?.revision.kind === 'image' && fork.revision.revision === null,
      ),
    )
    .map(({ service }) => ({
      code: 'unknown-revision',
      message: `The image of the fork of ${service} names no revision, so nobody can tell which code ran.`,
      next: 'Pass `revision` with the image to provision_sandbox: the tree or commit that it was built from.',
      service,
    }));
}
