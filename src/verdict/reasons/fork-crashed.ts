import type { ForkExit } from '../../sandbox/sandbox.ts';
import type { Facts } from '../facts.ts';
import { crashed, forkLives } from '../fork-life.ts';
import type { Reason } from '../verdict.ts';

/** Only of forks that served the run: an end that no request of ours came near says nothing about the change. */
export function forkCrashed(facts: Facts): Reason[] {
  return forkLives(facts)
    .filter((life) => crashed(life) && facts.served.has(life.service))
    .map(({ service, after }) => ({
      code: 'fork-crashed',
      message: `The fork of ${service} ${how(after?.exit ?? null)} while it served the run.`,
      next: `Read its last lines with inspect_sandbox (logs), fix what ended it, update the sandbox and run again.`,
      service,
    }));
}

function how(exit: ForkExit | null): string {
  if (exit?.outOfMemory === true) return 'ran out of memory and was killed';
  if (exit?.signal != null) return `ended by ${exit.signal}`;
  return `exited${exit?.exitCode == null ? '' : ` with code ${exit.exitCode}`}`;
}
