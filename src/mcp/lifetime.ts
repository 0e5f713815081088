import { type Surroundings, stopSignals } from '../tool/surroundings.ts';

const parentPollMs = 1000;

/**
 * Resolves with the reason when a stdio server has nobody left to serve: the input ended, the output broke, a signal
 * came, or the parent died (a client that is killed may leave the pipe open in a grandchild).
 */
export function untilClientGone(surroundings: Surroundings): Promise<string> {
  const { stdin, stdout, parentPid } = surroundings;
  const parent = parentPid();
  return new Promise((resolve) => {
    stdin.once('end', () => resolve('stdin-ended'));
    stdin.once('close', () => resolve('stdin-closed'));
    stdin.once('error', () => resolve('stdin-failed'));
    stdout.once('close', () => resolve('stdout-closed'));
    // Stays on: a second failed write must not be an uncaught error.
    stdout.on('error', () => resolve('stdout-failed'));
    for (const signal of stopSignals) surroundings.onSignal(signal, () => resolve(signal));
    setInterval(() => {
      if (parentPid() !== parent) resolve('parent-gone');
    }, parentPollMs).unref();
  });
}

/** Resolves with the name of the first stop signal. */
export function untilStopped(surroundings: Surroundings): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of stopSignals) surroundings.onSignal(signal, () => resolve(signal));
  });
}

/** Waits for the work, but no longer than that; a failure to close is no reason to stay. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}
