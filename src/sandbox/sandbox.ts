/** The words of a sandbox, as every engine, run and tool uses them. */

/** *Mine* needs all three to be equal. */
export interface Owner {
  /** The user of the operating system, `os:<name>`; in a cluster the user of the SelfSubjectReview. */
  readonly principal: string;
  /** Absolute path of the git common directory. */
  readonly repository: string;
  /** Absolute path of the working tree. */
  readonly workingTree: string;
}

export type SandboxState = 'provisioning' | 'ready' | 'failed' | 'expiring' | 'gone';

/** What a fork was made from. */
export type Revision =
  | { readonly kind: 'tree'; readonly tree: string; readonly ref: string | null }
  | {
      readonly kind: 'image';
      readonly image: string;
      readonly digest: string | null;
      readonly revision: string | null;
      /**
       * What else an image of this very digest is known as: the commit of the baseline that runs it, or the revision
       * under which it was given before. The first that git knows counts; missing where there is none.
       */
      readonly earlier?: readonly string[];
    };

export interface ForkSpec {
  readonly service: string;
  readonly revision: Revision;
  readonly env: Readonly<Record<string, string>>;
}

export interface SandboxSpec {
  /** DNS label (RFC 1123), 1 to 40 characters. */
  readonly name: string;
  readonly owner: Owner;
  readonly leaseSeconds: number;
  readonly forks: readonly ForkSpec[];
}

/** How a fork ended, as the operating system or the kubelet tells. */
export interface ForkExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly outOfMemory: boolean;
}

export type ForkReason =
  | 'starting'
  | 'setup'
  | 'setup-failed'
  | 'exited'
  | 'not-ready'
  | 'port-taken'
  | 'restarted'
  | 'unknown';

export interface ForkStatus {
  readonly service: string;
  readonly revision: Revision;
  /** Changes with every start of the fork, whoever caused it (pid and start time; in a cluster podUID and restarts). */
  readonly instance: string;
  /** Starts after the first that nobody asked for. */
  readonly restarts: number;
  readonly ready: boolean;
  /** Code is swapped into the running fork: what runs cannot be tied to a tree. */
  readonly live: boolean;
  readonly reason: ForkReason | null;
  readonly message: string | null;
  readonly exit: ForkExit | null;
  /** The last lines of its log where it failed; untrusted text. */
  readonly logTail: readonly string[];
}

export interface Baseline {
  readonly commit: string;
  /** What it was resolved from, such as `merge base with origin/main`. */
  readonly from: string;
  /** True where nothing but a guess ties the running baseline to the commit. */
  readonly assumed: boolean;
}

export interface Sandbox {
  readonly name: string;
  readonly owner: Owner;
  readonly state: SandboxState;
  /** `[a-z0-9-]{20}`, minted by the engine. */
  readonly routingKey: string;
  readonly baseline: Baseline;
  readonly forks: readonly ForkStatus[];
  /** Why it is `failed` or `gone`, or `expiring` where its end has begun. */
  readonly reason: { readonly code: string; readonly message: string; readonly next: string } | null;
  /** Changes with every `update`; 1 at first. */
  readonly generation: number;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly expiresAt: string;
  /** Milliseconds by phase, as far as it got: `snapshot`, `setup`, `start`. */
  readonly timings: Readonly<Record<string, number>>;
}

export type Side = { readonly kind: 'baseline' } | { readonly kind: 'sandbox'; readonly name: string };

export const baselineSide: Side = { kind: 'baseline' };
