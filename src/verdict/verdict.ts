import type { Finding, VolatilePlace } from '../diff/finding.ts';

export type VerdictWord = 'passed' | 'failed' | 'inconclusive';

/** What a run says. `judge` is the only producer. */
export interface Verdict {
  readonly verdict: VerdictWord;
  readonly reasons: readonly Reason[];
  /** The next step, one sentence. */
  readonly next: string;
  readonly checks: readonly CheckResult[];
  readonly findings: readonly RequestFinding[];
  /** Contradicted by further passes: without effect on the verdict. */
  readonly unconfirmed: readonly RequestFinding[];
  /** Findings that an expected change names. */
  readonly expected: readonly RequestFinding[];
  readonly warnings: readonly string[];
  readonly volatile: readonly (VolatilePlace & { readonly request: string })[];
  /** What this verdict does not speak of. */
  readonly unproven: { readonly forks: readonly string[]; readonly services: readonly string[] };
  readonly proof: ProofSummary;
}

export type FailedCode = 'breaking-finding' | 'step-failed' | 'fork-crashed' | 'expected-change-absent';

export type InconclusiveCode =
  | 'stale-fork'
  | 'unknown-revision'
  | 'live-fork'
  | 'fork-restarted'
  | 'receipts-incomplete'
  | 'nothing-checked'
  | 'not-exercised'
  | 'failure-hidden'
  | 'baseline-touched-fork'
  | 'not-covered'
  | 'unmapped-change'
  | 'not-forked'
  | 'fails-on-baseline'
  | 'not-repeatable'
  | 'passes-missing'
  | 'suspicious-finding'
  | 'contract-narrowed'
  | 'expected-change-not-exercised'
  | 'step-not-sent'
  | 'sandbox-gone';

export interface Reason {
  readonly code: FailedCode | InconclusiveCode;
  readonly message: string;
  readonly next: string;
  readonly service?: string;
  readonly check?: string;
}

export interface CheckResult {
  readonly id: string;
  readonly kind: 'step' | 'pair';
  readonly title: string;
  readonly outcome:
    | 'passed'
    | 'failed'
    | 'fails-on-baseline'
    | 'not-repeatable'
    | 'not-sent'
    | 'unproven'
    | 'differs';
  /** Whether its requests have hops at a fork; null where the step asks for no proof. */
  readonly exercised: boolean | null;
  readonly details: readonly string[];
  /** Answers compared, baseline and sandbox. */
  readonly answers: { readonly baseline: number; readonly sandbox: number };
}

export interface RequestFinding extends Finding {
  /** The id of the request; of a document's findings its operation, `POST /carts/{id}`. */
  readonly request: string;
  readonly service: string;
}

export interface ProofSummary {
  /** Requests sent to the sandbox that were to be exercised, and those that were. */
  readonly required: number;
  readonly exercised: number;
  /** Hops at forks by service. `failed`: those without a good answer; missing in verdicts of before it was counted. */
  readonly forks: readonly {
    readonly service: string;
    readonly hops: number;
    readonly requests: number;
    readonly failed?: number;
  }[];
}
