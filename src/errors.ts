/**
 * Every error that a user meets. One table names them all: `docs/errors.md` is generated from it, and the one
 * renderer below turns an error into text. Sorted by who must act.
 */
export type Actor = 'caller' | 'operator' | 'us';

interface ErrorKind {
  readonly actor: Actor;
  /** What it means, one sentence, for the reference. */
  readonly means: string;
}

export const errorKinds = {
  // The caller's input.
  'invalid-argument': { actor: 'caller', means: 'An argument of the call has the wrong form.' },
  'unknown-sandbox': { actor: 'caller', means: 'No sandbox of that name exists here.' },
  'sandbox-gone': {
    actor: 'caller',
    means: 'The sandbox existed and was torn down, expired, or died with its host.',
  },
  'sandbox-not-ready': { actor: 'caller', means: 'The sandbox exists but cannot serve requests.' },
  'not-owner': { actor: 'caller', means: 'The sandbox belongs to another user, repository or working tree.' },
  'too-many-sandboxes': {
    actor: 'caller',
    means: 'The owner has as many sandboxes as `maxSandboxes` allows.',
  },
  'unknown-service': { actor: 'caller', means: '`seatrial.yaml` names no such service.' },
  'shared-service': { actor: 'caller', means: 'The service is shared by all sides and cannot be forked.' },
  'unknown-plan': { actor: 'caller', means: 'No plan of that name exists in the plans folder.' },
  'invalid-plan': { actor: 'caller', means: 'A plan file breaks the rules of the plan format.' },
  'invalid-params': { actor: 'caller', means: 'The parameters do not fit what the plan declares.' },
  'unknown-run': { actor: 'caller', means: 'No run with that id is kept.' },
  'invalid-request': { actor: 'caller', means: 'A request to send has the wrong form.' },
  'invalid-policy': {
    actor: 'caller',
    means: 'The file of severities (seatrial.policy.yaml) breaks its format.',
  },
  'invalid-expected': { actor: 'caller', means: 'The file of expected changes breaks its format.' },
  'invalid-openapi': { actor: 'caller', means: 'A file that was given as an OpenAPI document is none.' },
  'invalid-captures': { actor: 'caller', means: 'A line of a captures file breaks its format.' },
  'nothing-changed': {
    actor: 'caller',
    means: 'The working tree equals the baseline, so there is nothing to fork.',
  },
  'sandboxes-live': { actor: 'caller', means: 'Sandboxes are alive that the call would end.' },
  'needs-kubernetes': { actor: 'caller', means: 'The call asks for what only the Kubernetes engine does.' },
  cancelled: { actor: 'caller', means: 'The caller cancelled the call.' },
  // The repository and its set-up.
  'not-a-repository': { actor: 'operator', means: 'The folder lies in no git working tree.' },
  'unknown-ref': { actor: 'operator', means: 'git knows no such branch, tag, commit or tree.' },
  'no-baseline': { actor: 'operator', means: 'The commit of the baseline cannot be worked out.' },
  'merge-conflict': { actor: 'operator', means: 'The working tree has unmerged files.' },
  'git-failed': { actor: 'operator', means: 'A git command failed.' },
  'no-config': { actor: 'operator', means: 'There is no `seatrial.yaml` at the root of the repository.' },
  'invalid-config': {
    actor: 'operator',
    means: '`seatrial.yaml` or a SEATRIAL_ variable breaks the rules of configuration.',
  },
  'missing-secret': { actor: 'operator', means: 'The environment variable that holds a secret is not set.' },
  'demo-failed': {
    actor: 'operator',
    means: 'The demo on a cluster lacks something, or a program that it needs failed.',
  },
  'setup-failed': { actor: 'operator', means: 'The `setup` command of a service failed.' },
  'service-exited': { actor: 'operator', means: 'A service ended before it was ready.' },
  'service-not-ready': { actor: 'operator', means: 'A service did not get ready within its time.' },
  'no-free-port': { actor: 'operator', means: 'No port was free for a service to listen on.' },
  'disk-full': {
    actor: 'operator',
    means: 'A file could not be written, as the disk is full or the quota used up.',
  },
  'out-of-root': { actor: 'operator', means: 'A path leads out of the repository.' },
  // The cluster.
  'needs-image': {
    actor: 'caller',
    means: 'A cluster runs images, and none was named for a changed service.',
  },
  'no-context': {
    actor: 'operator',
    means: 'There is no kubeconfig, or not with the context that is named.',
  },
  'cluster-unreachable': { actor: 'operator', means: 'The API server of the cluster does not answer.' },
  'cluster-refused': {
    actor: 'operator',
    means: 'The API server refused a request: who asks is unknown, or an admission rule forbids it.',
  },
  'missing-right': { actor: 'operator', means: 'The user of the kubeconfig may not do what is needed.' },
  'no-namespace': { actor: 'operator', means: 'The cluster has no such namespace, or it is being deleted.' },
  'not-installed': {
    actor: 'operator',
    means:
      'Seatrial is not installed in the cluster, or in an older version, or its controller does not run.',
  },
  // The host.
  'host-unreachable': {
    actor: 'operator',
    means: 'The host did not start, or does not answer on its socket.',
  },
  'host-version': {
    actor: 'operator',
    means: 'The running host is of another version and still serves sandboxes.',
  },
  'host-gone': { actor: 'operator', means: 'The host ended while it worked on the call.' },
  // The cluster.
  'gateway-unreachable': {
    actor: 'operator',
    means: 'No gateway of the namespace can be reached through the Kubernetes API.',
  },
  'service-unreachable': { actor: 'operator', means: 'A Service in the cluster accepts no connection.' },
  // Ours.
  internal: { actor: 'us', means: 'A defect of Seatrial.' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

export interface ErrorText {
  /** What happened, one sentence. */
  readonly what: string;
  /** The likely cause, where it is known and `what` does not say it. */
  readonly why?: string;
  /** What to do now: a call, a command or an edit. */
  readonly next: string;
}

/** The form in which errors cross a socket or stand in a result. */
export interface ErrorData extends ErrorText {
  readonly code: ErrorCode;
}

export class SeatrialError extends Error {
  override readonly name = 'SeatrialError';
  readonly code: ErrorCode;
  readonly text: ErrorText;

  constructor(code: ErrorCode, text: ErrorText, options?: ErrorOptions) {
    super(text.what, options);
    this.code = code;
    this.text = text;
  }

  get data(): ErrorData {
    return { code: this.code, ...this.text };
  }

  static from(data: ErrorData): SeatrialError {
    const { code, ...text } = data;
    return new SeatrialError(code, text);
  }
}

/** The one place that turns an error into text for people and agents. */
export function renderError(error: ErrorData): string {
  const why = error.why === undefined ? '' : `\nWhy: ${error.why}`;
  return `Error ${error.code}: ${error.what}${why}\nNext: ${error.next}`;
}

/** Anything thrown, as data. What is not ours is a defect, and its stack stays out of results. */
export function toErrorData(thrown: unknown): ErrorData {
  if (thrown instanceof SeatrialError) return thrown.data;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return { code: 'cancelled', what: 'The call was cancelled.', next: 'Call again when you want to go on.' };
  }
  if (isErrno(thrown) && (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT')) {
    return {
      code: 'disk-full',
      what: `Writing ${thrown.path ?? 'a file'} failed: no space left.`,
      next: 'Free space on that disk, or point SEATRIAL_HOME at another one, and call again.',
    };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    code: 'internal',
    what: `Seatrial failed: ${message}`,
    next: 'Call again; if it stays, report it with the log that `seatrial doctor` names.',
  };
}

function isErrno(thrown: unknown): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && 'code' in thrown;
}
