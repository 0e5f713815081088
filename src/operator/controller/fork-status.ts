import type { ResourceForkStatus } from '../../sandbox/resource.ts';
import type { ForkFacts, Made } from './facts.ts';

/** What stands of one fork in the status, and when to look again though nothing may change. */
export interface JudgedFork {
  readonly status: ResourceForkStatus;
  readonly failed: boolean;
  /** Its container runs. */
  readonly running: boolean;
  readonly recheckMs: number | null;
}

export function judgeForkStatus({ fork, made }: ForkFacts, nowEpochMs: number): JudgedFork {
  const revision = fork.revision === undefined ? {} : { revision: fork.revision };
  if (made.kind === 'refused') {
    const { reason, message, next } = made;
    return {
      status: { service: fork.service, restarts: 0, ready: false, reason, message, next, ...revision },
      failed: true,
      running: false,
      recheckMs: null,
    };
  }
  const { view, workload } = made;
  const verdict = verdictOf(made, nowEpochMs);
  const { pod, restarts, exit, imageDigest } = view;
  return {
    status: {
      service: fork.service,
      workload,
      ...(pod?.metadata.uid === undefined ? {} : { podUID: pod.metadata.uid, podName: pod.metadata.name }),
      restarts,
      ready: verdict.ready,
      ...(verdict.reason === null ? {} : { reason: verdict.reason, message: verdict.message }),
      ...(verdict.next === null ? {} : { next: verdict.next }),
      ...(imageDigest === null ? {} : { imageDigest }),
      ...revision,
      ...(exit === null ? {} : { exit }),
      ...(verdict.ready || made.logTail.length === 0 ? {} : { logTail: made.logTail }),
    },
    failed: verdict.failed,
    running: view.state.kind === 'running',
    recheckMs: verdict.recheckMs,
  };
}

interface ForkVerdict {
  readonly ready: boolean;
  readonly failed: boolean;
  readonly reason: string | null;
  readonly message: string;
  readonly next: string | null;
  readonly recheckMs: number | null;
}

function verdictOf(
  { view: { state, exit }, route, readyWithinMs, container }: Made,
  now: number,
): ForkVerdict {
  const none = { ready: false, failed: false, reason: null, message: '', next: null, recheckMs: null };
  if (state.kind === 'failed') {
    return { ...none, failed: true, reason: state.reason, message: state.message, next: state.next };
  }
  if (state.kind === 'waiting') {
    return { ...none, reason: state.reason, message: state.message, recheckMs: state.recheckMs };
  }
  if (route.kind === 'routed') return { ...none, ready: true };
  if (route.refusal === 'fork-exited') {
    // A router may know it before the exit code is told.
    const code = exit?.exitCode ?? null;
    return {
      ...none,
      failed: true,
      reason: 'Exited',
      message: `Container ${container} ended by itself${code === null ? '' : ` with exit code ${code}`}: ${route.message}`,
      next: 'Read its last log lines, fix the code, and provision again.',
    };
  }
  const leftMs = state.startedEpochMs + readyWithinMs - now;
  // Without a word of a router about the fork, what keeps it from serving is not the fork.
  if (route.refusal === null || leftMs > 0) {
    return {
      ...none,
      reason: 'NotReady',
      message: route.message,
      recheckMs: route.againMs ?? (route.refusal === null ? null : leftMs + 50),
    };
  }
  const seconds = Math.round(readyWithinMs / 1000);
  if (state.podReady || route.refusal === 'fork-unreachable' || route.listens === false) {
    return {
      ...none,
      failed: true,
      reason: 'WrongPort',
      message: `Container ${container} runs since ${seconds} s or more, and its port does not answer: ${route.message}`,
      next: "Let the fork listen on the Service's target port, on all addresses of the pod (0.0.0.0), as the baseline does.",
    };
  }
  return {
    ...none,
    failed: true,
    reason: 'NeverReady',
    message: `Container ${container} runs since ${seconds} s or more, and is not ready: ${route.message}`,
    next: 'Read its last log lines, and what its readiness probe asks for; fix the code, and provision again.',
  };
}
