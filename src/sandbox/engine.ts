import type { OwnProcess } from '../exchange.ts';
import type { Receipt, ReceiptQuery } from './hop.ts';
import type { Baseline, ForkSpec, Owner, Sandbox, SandboxSpec, Side } from './sandbox.ts';

/**
 * The port to what runs sandboxes. Both engines implement it and pass the contract suite in
 * `test/sandbox/engine-contract.ts`. Every call takes an AbortSignal, is idempotent, and rejects with a
 * SeatrialError; an aborted call gives up waiting and harms nothing.
 */
export interface Engine {
  /** The baseline that all sandboxes of this engine share. */
  readonly baseline: Baseline;

  /** Every service of the baseline, whether it can be forked or not. */
  services(signal: AbortSignal): Promise<readonly Service[]>;

  /**
   * Takes the sandbox on and returns at once, in state `provisioning` (or as it is, where the name exists with an
   * equal spec and owner). A changed spec under a known name is an `update`. Progress and failures show in `watch`.
   */
  provision(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox>;

  /** Sets the forks: those with an equal spec and a healthy process stay, others are started anew or ended. */
  update(name: string, forks: readonly ForkSpec[], signal: AbortSignal): Promise<Sandbox>;

  /** The forks as they were last asked for. Of a sandbox that is gone they may be forgotten. */
  forks(name: string, signal: AbortSignal): Promise<readonly ForkSpec[]>;

  /** The sandbox as it is now, then after each change; ends after `gone`. */
  watch(name: string, signal: AbortSignal): AsyncIterable<Sandbox>;

  /** Starts the lease anew, by default with its own length. */
  renew(name: string, leaseSeconds: number | null, signal: AbortSignal): Promise<Sandbox>;

  /** All sandboxes of the owner, of everybody where it is null; those gone lately included. */
  list(owner: Owner | null, signal: AbortSignal): Promise<readonly Sandbox[]>;

  /** Where to send requests for a service of a side. Rejects with `sandbox-not-ready` where nothing may be sent. */
  endpoint(service: string, side: Side, signal: AbortSignal): Promise<Endpoint>;

  /** What the routers counted. Covers every request whose answer was read before the call. */
  receipts(query: ReceiptQuery, signal: AbortSignal): Promise<Receipt>;

  /** The last lines (at most `tail`) of the fork, or of the baseline's process where `name` is null. Untrusted text. */
  logs(name: string | null, service: string, tail: number, signal: AbortSignal): Promise<readonly string[]>;

  /**
   * Tombstone first: the key is refused for an hour. No run holds it for longer, as a run sends for ten minutes at
   * most (`compare/limits.ts`) and begins at a sandbox that serves. Then the rest. Resolves when all of it is verified gone, or says what
   * is left and why.
   */
  teardown(name: string, signal: AbortSignal): Promise<Removal>;

  /** Ends the baseline and all else that the engine holds. */
  close(): Promise<void>;
}

export interface Service {
  readonly name: string;
  readonly forkable: boolean;
  /** Why it is not forkable, and what to do. */
  readonly refusal: string | null;
  readonly shared: boolean;
}

export interface Endpoint {
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string;
  /** The value of Host that the service sees, equal on both sides. */
  readonly host: string;
  /** The headers that carry the key, for clients that add a correlation of their own. */
  readonly headers: readonly (readonly [string, string])[];
  /** The process of this service that answers on this side, as far as the engine knows it. */
  readonly own?: OwnProcess;
}

export interface Removal {
  /** What was removed, such as `process 4711 (pricing)`. */
  readonly removed: readonly string[];
  readonly left: readonly { readonly what: string; readonly why: string }[];
}
