import type { Side } from './sandbox.ts';

/** Hops and receipts: the proof that a request was served by a fork. Never bodies, never header values. */

export type Destination = 'fork' | 'baseline' | 'refused';

/** How often one request (by correlation) passed the router of one service towards one destination. */
export interface HopCount {
  /** `[a-z0-9]{8}`, or null where the request carried none. */
  readonly correlation: string | null;
  readonly service: string;
  readonly destination: Destination;
  /** For `fork`: the instance that these requests were sent to. Missing where the router does not tell. */
  readonly instance?: string;
  readonly count: number;
  /**
   * How many of them failed: status 5xx, an answer that broke off, or none. Over gRPC also a status of an error of the
   * server, where it stands in the answer's head; a router sees no trailers. Missing where it is not known, and for
   * `refused`, which no service answered.
   */
  readonly failed?: number;
  /** How many of them have neither answer nor end yet. Missing: none. */
  readonly open?: number;
}

/** One keyed request as a router saw it. The ring that holds these is bounded, the counts are the proof. */
export interface Hop {
  readonly correlation: string | null;
  readonly service: string;
  readonly destination: Destination;
  /** The status the router answered with; null where none went out. */
  readonly status: number | null;
  readonly durationMs: number;
  /** RFC 3339, when the request came in. */
  readonly at: string;
  /** For `refused`: the reason in `x-seatrial-error`. */
  readonly refusal: string | null;
  /** For `fork`: the instance of the fork that the request was sent to. */
  readonly instance: string | null;
}

export interface ReceiptQuery {
  readonly side: Side;
  /** Only these; all of the side's where missing. */
  readonly correlations?: readonly string[];
  /** The most recent hops in detail, at most this many; default 0. */
  readonly hops?: number;
}

export interface Receipt {
  /** False as soon as anything may be missing, with the reason. */
  readonly complete: boolean;
  readonly incompleteReason: string | null;
  /** Changes when a router lost what it had counted, or the way to it broke. Two receipts of one run must agree. */
  readonly epoch: string;
  readonly counts: readonly HopCount[];
  readonly hops: readonly Hop[];
}
