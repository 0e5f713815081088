import type { ReportedRun, ReportedSinceLast } from '../report/run.ts';
import type { ReportedInspection, ReportedSandbox } from '../report/sandbox.ts';
import type { Removal } from '../sandbox/engine.ts';

/**
 * What the host does for its clients (MCP servers and CLI calls). The host implements it in its own process;
 * `host/client.ts` implements it over the socket. Every call names its working tree; errors are SeatrialErrors on
 * both sides of the socket.
 */
export interface HostApi {
  /** A call that is cancelled before the host took it on makes no sandbox; later, the sandbox is made all the same. */
  provision(args: ProvisionArgs, call: Call): Promise<SandboxView>;
  inspect(args: InspectArgs, call: Call): Promise<InspectView>;
  runPlan(args: RunPlanArgs, call: Call): Promise<RunView>;
  smartDiff(args: SmartDiffArgs, call: Call): Promise<RunView>;
  teardown(args: TeardownArgs, call: Call): Promise<TeardownView>;
  /** A kept run with its verdict and report, by id; `last`: the last one with a verdict. */
  readRun(args: { readonly workingTree: string; readonly run: string }, call: Call): Promise<RunView>;
  /** The log tail of a fork, or of the baseline's process of a service where `sandbox` is null. */
  logs(
    args: {
      readonly workingTree: string;
      readonly sandbox: string | null;
      readonly service: string;
      readonly tail: number;
    },
    call: Call,
  ): Promise<{ readonly lines: readonly string[] }>;
}

export interface Call {
  /** Aborting ends the wait, never the work. */
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

export interface Progress {
  readonly message: string;
  /** Rises with every message. */
  readonly done: number;
  readonly total?: number;
}

export interface ChangeArg {
  readonly service: string;
  readonly image?: string;
  readonly revision?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly ref?: string;
}

export interface ProvisionArgs {
  readonly workingTree: string;
  /** Missing: the services that the working tree changed against the baseline's commit. */
  readonly changes?: readonly ChangeArg[];
  readonly name?: string;
  /** Such as `30m`, `2h`, or seconds. */
  readonly leaseSeconds?: number;
  /** To update, renew or wait again. */
  readonly sandbox?: string;
  readonly waitSeconds: number;
}

export type SandboxView = ReportedSandbox;

export interface InspectArgs {
  readonly workingTree: string;
  /** Missing: all of mine. */
  readonly sandbox?: string;
  readonly logs?: boolean;
  readonly hops?: boolean;
  readonly runs?: boolean;
}

export interface InspectView {
  readonly sandboxes: readonly SandboxInspection[];
}

export type SandboxInspection = ReportedInspection;

export type RunEntry = ReportedInspection['runs'][number];

export interface RunPlanArgs {
  readonly workingTree: string;
  readonly plan?: string;
  readonly sandbox?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly target?: 'sandbox' | 'baseline';
  /** To wait again. */
  readonly run?: string;
  readonly waitSeconds: number;
}

export interface SmartDiffArgs {
  readonly workingTree: string;
  readonly sandbox?: string;
  readonly requests?: readonly RequestArg[];
  readonly plan?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  /** File of expected changes, from the root; default `seatrial.expected.yaml`. */
  readonly expected?: string;
  readonly intermittent?: boolean;
  readonly run?: string;
  readonly waitSeconds: number;
}

export interface RequestArg {
  readonly id: string;
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: string;
  readonly state?: 'read' | 'write';
}

export interface RunView extends ReportedRun {
  /** RFC 3339. */
  readonly startedAt: string;
}

export type SinceLast = ReportedSinceLast;

export interface TeardownArgs {
  readonly workingTree: string;
  readonly sandbox?: string;
  readonly all?: boolean;
}

export interface TeardownView extends Removal {
  readonly sandboxes: readonly string[];
}
