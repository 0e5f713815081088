import type { Readable, Writable } from 'node:stream';

/** What a door (MCP or CLI) knows of the process it runs in. Only `main.ts` makes one from the real process. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly pid: number;
  readonly version: string;
  /** How to start this program again: the Node binary and our entry file. */
  readonly entry: { readonly execPath: string; readonly main: string };
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Whether a person watches stderr. */
  readonly interactive: boolean;
  /** Changes when the parent dies. */
  readonly parentPid: () => number;
  /** Calls back on the signal; the returned function ends that. */
  readonly onSignal: (signal: StopSignal, then: () => void) => () => void;
}

export type StopSignal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

export const stopSignals: readonly StopSignal[] = ['SIGHUP', 'SIGINT', 'SIGTERM'];
