import { SeatrialError } from '../../src/errors.ts';
import type { Call, HostApi } from '../../src/host/api.ts';
import type { ToolCall } from '../../src/tool/tool.ts';

/** What the handlers work with. One object serves all calls of a process; it holds no state of a call. */
export interface Services {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The root of the working tree that the process was started in. Rejects with `not-a-repository`. */
  workingTree(signal: AbortSignal): Promise<string>;
  /** The host of the repository; a call to it starts it where none runs. */
  host(signal: AbortSignal): Promise<HostApi>;
}

/** A tool's call as the host takes it: the counter rises with every message. */
export function hostCall(call: ToolCall): Call {
  return { signal: call.signal, progress: call.progress };
}

/** For arguments that are well formed, but don't go together. */
export function argumentsError(what: string, next: string): SeatrialError {
  return new SeatrialError('invalid-argument', { what, next });
}
