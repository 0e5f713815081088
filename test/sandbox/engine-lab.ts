import type { Engine } from '../../src/sandbox/engine.ts';
import type { Owner, Revision } from '../../src/sandbox/sandbox.ts';

/**
 * What an engine's own test gives to the contract suite: a running system of three services, on that engine.
 *
 * - `front` answers `GET /` with `{ service, version, sandbox, back }`, where `back` is what `back` answered it; it hands
 *   `baggage` on. Not shared.
 * - `back` answers `GET /` with `{ service, version, sandbox }` and the header `x-host` with the Host it saw. Not shared.
 * - `front` answers `GET /relay` with `{ status, error }`: the status and `x-seatrial-error` that `back` answers to a
 *   request with the header `baggage` set to what `x-relay` says, and with no other baggage.
 * - `back` answers `GET /fail` with 500. `front` asks it for that on `GET /soft`, with the baggage that it got, and answers as
 *   if nothing were.
 * - `back` answers `GET /greeting` with the environment variable GREETING.
 * - `store` is shared.
 * - `front` and `back` write a line `<service> <version> listens` when they listen.
 * - `front` and `back` end with code 7 on `GET /exit`, after they wrote the line `ending on request`.
 * - `sandbox` is SEATRIAL_SANDBOX, null in the baseline. `version` is `v1` in the baseline.
 */
export interface EngineLab {
  readonly engine: Engine;
  /** Engines count sandboxes by owner; both may have `maxSandboxes`. */
  readonly owner: Owner;
  readonly stranger: Owner;
  readonly maxSandboxes: number;
  /** A lease in which a sandbox gets ready for certain, and which is over soon. */
  readonly shortLeaseSeconds: number;
  revision(service: 'front' | 'back', behaviour: Behaviour): Promise<Revision>;
  /** What the engine holds beyond the baseline: processes, pods, ports, folders. Empty when nothing is left. */
  leftovers(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** `exits` writes `cannot go on` and ends with code 3 before it listens; `mute` writes `here I am` and never listens. */
export type Behaviour = 'v2' | 'v3' | 'exits' | 'mute';
