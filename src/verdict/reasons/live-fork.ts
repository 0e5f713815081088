import type { Facts } from '../facts.ts';
import { forkLives } from '../fork-life.ts';
import type { Reason } from '../verdict.ts';

export function liveFork(facts: Facts): Reason[] {
  return forkLives(facts)
    .filter(({ before, after }) => before?.live === true || after?.live === true)
    .map(({ service }) => ({
      code: 'live-fork',
      message: `The fork of ${service} runs live: code is swapped into it, so the run is tied to no tree.`,
      next: 'Provision the sandbox from a snapshot (without --live) and run again for a verdict.',
      service,
    }));
}
