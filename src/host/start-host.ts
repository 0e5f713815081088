import type { Writable } from 'node:stream';
import { createLog } from '../log.ts';
import type { Env } from './env.ts';
import { runHost } from './main.ts';
import { createService } from './service.ts';

/** What the host takes from the process it runs in. */
export interface HostSurroundings {
  readonly env: Env;
  readonly pid: number;
  readonly version: string;
  readonly entry: { readonly execPath: string };
  /** The log file: whoever starts a host points stderr there. */
  readonly stderr: Writable;
  readonly onSignal: (signal: 'SIGHUP' | 'SIGINT' | 'SIGTERM', then: () => void) => () => void;
}

/** The whole program of `seatrial host`: resolves with the exit code when nothing needs the host any more. */
export async function startHost(commonDir: string, given: HostSurroundings): Promise<number> {
  const stop = new AbortController();
  // A hang-up of the terminal that happened to be first is none of its business: the host has a session of its own.
  given.onSignal('SIGHUP', () => {});
  for (const signal of ['SIGINT', 'SIGTERM'] as const) given.onSignal(signal, () => stop.abort());
  const { env, pid, version, entry } = given;
  const log = createLog((line) => given.stderr.write(line));
  return await runHost({
    commonDir,
    env,
    version,
    pid,
    stop: stop.signal,
    log,
    createService: (folders) =>
      createService({ commonDir, folders, env, pid, execPath: entry.execPath, log }),
  });
}
