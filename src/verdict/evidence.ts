import type { DocumentedPlace } from '../diff/contract/openapi.ts';
import type { DocumentComparison } from '../diff/contract/request/compare.ts';
import type { Answer, HttpRequest, OwnProcess } from '../exchange.ts';
import type { HopCount } from '../sandbox/hop.ts';
import type { Baseline, ForkStatus } from '../sandbox/sandbox.ts';
import type { SeverityOverride } from './policy-file.ts';

/**
 * All that a run saw, as plain JSON: what `judge` takes, and nothing else. Stored with the run, so that it can be
 * judged again with the same result. Secrets are redacted before they get in here.
 */
export interface Evidence {
  readonly format: 1;
  readonly sandbox: string;
  readonly baseline: Baseline;
  readonly change: ChangeEvidence;
  /** What was to run, pinned when the run began. Null where requests were given without a plan. */
  readonly plan: PlanEvidence | null;
  readonly forks: ForksEvidence;
  readonly checks: readonly CheckEvidence[];
  readonly passes: readonly PassEvidence[];
  readonly receipts: ReceiptsEvidence;
  readonly expectedChanges: readonly ExpectedChange[];
  /** `seatrial.policy.yaml`; missing where there is none. */
  readonly policy?: PolicyEvidence;
  /** OpenAPI documents that were named and could not be used: why, in a sentence each. */
  readonly documentProblems?: readonly string[];
  /** What the OpenAPI documents of the working tree take no more; missing where no service has one on both sides. */
  readonly contracts?: readonly ContractEvidence[];
  /** What kept the run from sending all that it wanted, such as a time limit. */
  readonly unsent: readonly {
    readonly code: 'time-limit' | 'sandbox-gone' | 'stopped';
    readonly message: string;
  }[];
  /** Whether smart diff looks for what shows only sometimes. */
  readonly intermittent: boolean;
}

export interface ContractEvidence extends DocumentComparison {
  readonly service: string;
  /** From the root. */
  readonly file: string;
}

export interface PlanEvidence {
  readonly name: string;
  /** SHA-256 of the file. */
  readonly hash: string;
  /** `covers.services`; null where the plan names none, which covers every service. */
  readonly covers: readonly string[] | null;
}

export interface ChangeEvidence {
  /** What the working tree changed against the baseline's commit, by file. */
  readonly files: readonly ChangedFile[];
}

export interface ChangedFile {
  /** From the repository's root, `/` between folders. */
  readonly path: string;
  /** Services whose `paths` match it. */
  readonly services: readonly string[];
  readonly ignored: boolean;
  /** Only by rules that the change itself brought. */
  readonly ignoredByChange?: boolean;
}

export interface ForksEvidence {
  readonly before: readonly ForkStatus[];
  /** Empty where the sandbox was gone by then. */
  readonly after: readonly ForkStatus[];
  /** By service: paths in which the fork's tree differs from the one asked for (plans, expected changes, policy aside), at start and at end. */
  readonly stale: readonly {
    readonly service: string;
    readonly paths: readonly string[];
    readonly asked: string;
    /** Where its image is the one that was given as another revision before: that revision. `paths` differ since. */
    readonly imageOf?: string;
  }[];
}

export interface ReceiptsEvidence {
  readonly complete: boolean;
  readonly incompleteReason: string | null;
  /** Only of correlations that the passes sent. */
  readonly counts: readonly HopCount[];
}

export interface PassEvidence {
  /** Counts from 1 in the order of sending. */
  readonly number: number;
  readonly side: 'baseline' | 'sandbox';
  readonly sent: readonly SentRequest[];
}

export interface SentRequest {
  /** The step's or request's id. */
  readonly id: string;
  readonly correlation: string;
  readonly service: string;
  readonly request: HttpRequest;
  readonly answer: Answer;
  /** The process that the engine knew to answer; missing where it knew none. */
  readonly own?: OwnProcess;
  /** What the step's captures took from the answer. */
  readonly captured: Readonly<Record<string, unknown>>;
  /** What the step expects, as rendered in this pass; missing where it expects nothing or holds no reference. */
  readonly expect?: Expectation;
}

export type CheckEvidence = StepCheck | PairCheck;

/** A step with `expect`: judged on every sandbox pass, and on the baseline's where it failed. */
export interface StepCheck {
  readonly kind: 'step';
  readonly id: string;
  readonly title: string;
  readonly expect: Expectation | null;
  readonly proof: 'required' | 'none';
  /** Set where the step was not sent at all: which reference could not be resolved. */
  readonly notSent: string | null;
}

/** One request that goes to both sides and whose answers are compared. */
export interface PairCheck {
  readonly kind: 'pair';
  /** The id of the request in the passes. */
  readonly id: string;
  readonly title: string;
  readonly service: string;
  readonly method: string;
  /** The path before its references were resolved: `/carts/{{ steps.add.cart }}`. */
  readonly pathTemplate: string;
  /** What the service's OpenAPI document says of its answers; missing where there is none, or nothing in it. */
  readonly documented?: readonly DocumentedPlace[];
  readonly notSent: string | null;
}

/**
 * What an answer must be like. `verdict/expect.ts` judges it.
 * Headers: name without case, one of its lines must equal the value, or match it (see below).
 * Body: by RFC 9535 path; the first node found must equal the JSON value. An object of one key that begins with `$`
 * is a matcher: `{ $exists: boolean }`, `{ $type: string | number | integer | boolean | null | array | object }`,
 * `{ $matches: <regular expression> }`, `{ $length: <integer> }`, or `{ $equals: <any> }` for an object that looks
 * like a matcher.
 */
export interface Expectation {
  readonly status?: number | readonly number[];
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface PolicyEvidence {
  readonly severities: readonly (SeverityOverride & {
    /** True where the change under trial brought the entry itself. */
    readonly addedByChange: boolean;
  })[];
}

export interface ExpectedChange {
  readonly fingerprint: string;
  readonly reason: string;
  readonly base: string;
  /** What is expected, in words. */
  readonly expected: string;
  /** True where the change under trial added the entry itself. */
  readonly addedByChange: boolean;
}
