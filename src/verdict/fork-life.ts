import type { ForkStatus, Revision } from '../sandbox/sandbox.ts';
import type { Facts } from './facts.ts';

/** One fork at the start and at the end of the run; null where it was not there. */
export interface ForkLife {
  readonly service: string;
  readonly before: ForkStatus | null;
  readonly after: ForkStatus | null;
}

export function forkLives({ evidence }: Facts): ForkLife[] {
  const { before, after } = evidence.forks;
  const services = [...new Set([...before, ...after].map(({ service }) => service))];
  return services.map((service) => ({
    service,
    before: before.find((fork) => fork.service === service) ?? null,
    after: after.find((fork) => fork.service === service) ?? null,
  }));
}

/** It ended by itself during the run: an exit that was not there when the run began. */
export function crashed({ before, after }: ForkLife): boolean {
  if (before === null || after === null || after.exit === null) return false;
  return before.exit === null || changed({ before, after }) || (before.ready && !after.ready);
}

/** Another start, another revision, or another environment than the run began with. */
export function changed({ before, after }: Pick<ForkLife, 'before' | 'after'>): boolean {
  return (
    before?.instance !== after?.instance ||
    before?.restarts !== after?.restarts ||
    !sameRevision(before?.revision, after?.revision)
  );
}

/** The digest of an image may be known a moment after its fork serves. */
function sameRevision(before: Revision | undefined, after: Revision | undefined): boolean {
  if (before?.kind !== 'image' || after?.kind !== 'image')
    return JSON.stringify(before) === JSON.stringify(after);
  const digests = before.digest === null || after.digest === null || before.digest === after.digest;
  return digests && before.image === after.image && before.revision === after.revision;
}
