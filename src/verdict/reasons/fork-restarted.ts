import type { Facts } from '../facts.ts';
import { changed, crashed, forkLives } from '../fork-life.ts';
import type { Reason } from '../verdict.ts';

/** By anything but itself: a fork that ended by itself is `fork-crashed`. Gone altogether is `sandbox-gone`. */
export function forkRestarted(facts: Facts): Reason[] {
  if (facts.evidence.forks.after.length === 0) return [];
  const next = 'Let the sandbox be while a plan runs, and run it again.';
  const seen = forkLives(facts)
    .filter((life) => changed(life) && !crashed(life))
    .map(
      ({ service, before, after }): Reason => ({
        code: 'fork-restarted',
        message: `The fork of ${service} was ${before === null ? 'added' : after === null ? 'taken away' : 'restarted or replaced'} during the run, so its requests met different forks.`,
        next,
        service,
      }),
    );
  if (seen.length > 0 || forkLives(facts).some(crashed)) return seen;
  return strangers(facts).map((service) => ({
    code: 'fork-restarted',
    message: `Requests to ${service} met another start of its fork than the one that the run began with, so nobody can tell what answered them.`,
    next,
    service,
  }));
}

/** Services whose hops name an instance that is none of the sandbox's forks: what the sandbox said of them is old news. */
function strangers({ evidence, hops }: Facts): string[] {
  const known = new Set(evidence.forks.before.map(({ instance }) => instance));
  const met = evidence.passes
    .filter(({ side }) => side === 'sandbox')
    .flatMap(({ sent }) => sent.flatMap(({ correlation }) => hops.get(correlation) ?? []));
  const strange = met.filter(({ instance }) => instance !== undefined && !known.has(instance));
  return [...new Set(strange.map(({ service }) => service))];
}
