import type { Facts } from '../facts.ts';
import { changed, crashed, forkLives } from '../fork-life.ts';
import type { Reason } from '../verdict.ts';

/** By anything but itself: a fork that ended by itself is `fork-crashed`. Gone altogether is `sandbox-gone`. */
export function forkRestarted(facts: Facts): Reason[] {
  if (facts.evidence.forks.after.length === 0) return [];
  return forkLives(facts)
    .filter((life) => changed(life) && !crashed(life))
    .map(({ service, before, after }) => ({
      code: 'fork-restarted',
      message: `The fork of ${service} was ${before === null ? 'added' : after === null ? 'taken away' : 'restarted or replaced'} during the run, so its requests met different forks.`,
      next: 'Let the sandbox be while a plan runs, and run it again.',
      service,
    }));
}
