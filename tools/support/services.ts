import { SeatrialError } from '../../src/errors.ts';
import type { Call, HostApi } from '../../src/host/api.ts';
import type { Surroundings } from '../../src/tool/surroundings.ts';
import type { ToolCall } from '../../src/tool/tool.ts';

/** What the handlers work with. One object serves all calls of a process; it holds no state of a call. */
export interface Services {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The root of the working tree that the process serves. Rejects with `not-a-repository`. */
  workingTree(signal: AbortSignal): Promise<string>;
  /** The host of the repository; a call to it starts it where none runs. */
  host(signal: AbortSignal): Promise<HostApi>;
}

/**
 * Services for one folder, all of them loaded and found at their first use: a server that is merely listed costs
 * neither git nor a host.
 */
export function createServices(surroundings: Surroundings): Services {
  const { env, entry, version } = surroundings;
  let root: string | null = null;
  let host: HostApi | null = null;
  return {
    env,
    async workingTree(signal) {
      const { locate } = await import('../../src/host/locate.ts');
      root ??= (await locate(surroundings.cwd, env, signal)).root;
      return root;
    },
    async host(signal) {
      if (host !== null) return host;
      const { connectHost } = await import('../../src/host/client.ts');
      // The signal ends the search for the repository only: the client serves later calls as well.
      host = await connectHost({ workingTree: surroundings.cwd, env, entry, version, signal });
      return host;
    },
  };
}

/** A tool's call as the host takes it. */
export function hostCall(call: ToolCall): Call {
  return { signal: call.signal, progress: call.progress };
}

/** For arguments that are well formed, but don't go together. */
export function argumentsError(what: string, next: string): SeatrialError {
  return new SeatrialError('invalid-argument', { what, next });
}
