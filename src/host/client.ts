import type { Call, HostApi } from './api.ts';
import type { Env } from './env.ts';
import { hostFolders } from './folders.ts';
import { locate } from './locate.ts';
import { type Method, methods } from './methods.ts';
import { ensureHost, type HostEntry } from './start.ts';
import { callHost, NotTaken } from './wire.ts';

export type { HostEntry } from './start.ts';

export interface ConnectOptions {
  /** Any folder inside the working tree. */
  readonly workingTree: string;
  readonly env: Env;
  readonly entry: HostEntry;
  readonly version: string;
  readonly signal: AbortSignal;
  /** How long a host may take to come up; and to say hello. */
  readonly startMs?: number;
  readonly helloMs?: number;
}

export type HostClient = HostApi & { close(): void };

/**
 * The host of the repository, started on demand: at the first call, and again where it ended in between. A call that
 * a host took on is never made twice.
 */
export async function connectHost(options: ConnectOptions): Promise<HostClient> {
  const { commonDir } = await locate(options.workingTree, options.env, options.signal);
  const folders = hostFolders(commonDir, options.env);
  const closed = new AbortController();
  const env = definedOnly(options.env);

  const call = async (method: Method, args: unknown, given: Call): Promise<unknown> => {
    const signal = AbortSignal.any([given.signal, closed.signal]);
    for (let attempt = 1; ; attempt += 1) {
      await ensureHost({ ...options, folders, commonDir }, signal);
      try {
        return await callHost(folders.socket, method, { args, env }, { ...given, signal });
      } catch (error) {
        // It ended between hello and the call: the next one takes it on.
        if (!(error instanceof NotTaken) || attempt === 5) throw error;
      }
    }
  };

  const api = Object.fromEntries(
    methods.map((method) => [method, (args: unknown, given: Call) => call(method, args, given)]),
  );
  // One generic function stands behind all methods; host and client are one build (hello compares versions), so the
  // result has the type that the method has there.
  return { ...(api as unknown as HostApi), close: () => closed.abort() };
}

function definedOnly(env: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
