import type { Container, ContainerStatus, Deployment, Pod } from '../../kube/objects.ts';
import { annotations } from '../../sandbox/cluster-names.ts';
import type { ForkReasonWord } from '../../sandbox/fork-reasons.ts';
import type { ResourceForkStatus } from '../../sandbox/resource.ts';
import { containerFailure, type Trouble } from './container-failure.ts';
import { imageDigest } from './image-digest.ts';

export type Exit = NonNullable<ResourceForkStatus['exit']>;

/** What the cluster tells of a fork. `recheckMs`: look again then, though nothing may change. */
export type ForkState =
  | {
      readonly kind: 'waiting';
      readonly reason: ForkReasonWord;
      readonly message: string;
      readonly recheckMs: number | null;
    }
  | {
      readonly kind: 'running';
      readonly startedEpochMs: number;
      /** The condition Ready of the pod. */
      readonly podReady: boolean;
    }
  | Trouble;

export interface ForkView {
  readonly state: ForkState;
  readonly pod: Pod | null;
  /** Of all containers of the pod. */
  readonly restarts: number;
  /** How the forked container ended last. */
  readonly exit: Exit | null;
  readonly imageDigest: string | null;
}

/** A pod that no node takes may get one a moment later, by preemption or as others end. */
const schedulingGraceMs = 3_000;

/**
 * Reads a fork's state from its Deployment (null: not there) and pods. Pods of another make of the fork (another
 * hash, or another Deployment) are not its pods.
 */
export function viewFork(
  deployment: Deployment | null,
  pods: readonly Pod[],
  container: string,
  nowEpochMs: number,
): ForkView {
  const hash = deployment?.metadata.annotations?.[annotations.fork];
  const own = pods.filter(
    ({ metadata }) =>
      metadata.annotations?.[annotations.fork] === hash &&
      metadata.name.startsWith(`${deployment?.metadata.name}-`),
  );
  const pod = newest(own.filter(({ metadata }) => metadata.deletionTimestamp === undefined));
  const statuses = pod?.status?.containerStatuses ?? [];
  const status = statuses.find(({ name }) => name === container);
  return {
    state:
      pod === null
        ? withoutPod(deployment, pods.length > own.length || own.length > 0)
        : stateOfPod(pod, status, container, nowEpochMs),
    pod,
    restarts: statuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
    exit: status === undefined ? null : exitOf(status),
    imageDigest: imageDigest(status),
  };
}

function withoutPod(deployment: Deployment | null, stopping: boolean): ForkState {
  const failure = deployment?.status?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  if (failure !== undefined) {
    const message = failure.message ?? 'its pod cannot be created';
    if (/exceeded quota/.test(message)) {
      return failed(
        'QuotaExceeded',
        message,
        'Tear down sandboxes that are not needed, ask for fewer `resources`, or raise the quota.',
      );
    }
    return failed(
      'PodRefused',
      message,
      'Change what the message names: in the fork, in the baseline, or in the policy.',
    );
  }
  if (stopping) return waiting('Stopping', 'The pod of before is still ending.');
  return waiting('Creating', 'Its pod is being created.');
}

function stateOfPod(
  pod: Pod,
  status: ContainerStatus | undefined,
  container: string,
  nowEpochMs: number,
): ForkState {
  const { conditions = [], phase, reason, message } = pod.status ?? {};
  if (phase === 'Failed') {
    return failed(
      'Evicted',
      `${reason ?? 'The pod failed'}: ${message ?? 'the node ended it'}`,
      'Ask for fewer resources, or call again when the node has room.',
    );
  }
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    const since = Date.parse(scheduled.lastTransitionTime ?? '') || nowEpochMs;
    const leftMs = since + schedulingGraceMs - nowEpochMs;
    const text = scheduled.message ?? 'no node takes the pod';
    // A queue or an approval, which takes as long as it takes: the pod changes when it is through.
    if (scheduled.reason === 'SchedulingGated') return waiting('Scheduling', gatedBy(pod, text));
    if (scheduled.reason !== 'Unschedulable' || leftMs > 0) {
      return { kind: 'waiting', reason: 'Scheduling', message: text, recheckMs: Math.max(leftMs, 0) + 50 };
    }
    return failed(
      'Unschedulable',
      text,
      'Ask for fewer `resources`, free room on the nodes, or fix what the message names.',
    );
  }
  const failure = containerFailure(pod, container);
  if (failure !== null) return failure;
  const running = status?.state?.running;
  if (running === undefined) {
    const ended = status?.state?.terminated !== undefined || (status?.restartCount ?? 0) > 0;
    const doing = status?.state?.waiting?.reason ?? 'ContainerCreating';
    return ended
      ? waiting('Restarting', `Container ${container} ended and is being started again.`)
      : waiting('Starting', `The pod is being started (${doing}).`);
  }
  return {
    kind: 'running',
    startedEpochMs: Date.parse(running.startedAt ?? '') || nowEpochMs,
    podReady: conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
  };
}

function gatedBy({ metadata, spec }: Pod, said: string): string {
  const gates = (spec.schedulingGates ?? []) as readonly { readonly name: string }[];
  const names = gates.map(({ name }) => name).join(', ');
  return `Pod ${metadata.name} is held back by the scheduling gates ${names}, until who set them takes them off: ${said}.`;
}

/** How long a container may run before it answers: what its own probes allow, at least half a minute. */
export function readyWithinMs(container: Container | undefined): number {
  const budget = (given: unknown) => {
    if (typeof given !== 'object' || given === null) return 0;
    const { initialDelaySeconds = 0, periodSeconds = 10, failureThreshold = 3 } = given as Timing;
    return initialDelaySeconds + periodSeconds * failureThreshold;
  };
  return Math.max(30, budget(container?.startupProbe), budget(container?.readinessProbe)) * 1000;
}

interface Timing {
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

function exitOf({ state, lastState }: ContainerStatus): Exit | null {
  const ended = state?.terminated ?? lastState?.terminated;
  if (ended === undefined) return null;
  const { exitCode, signal = exitCode !== undefined && exitCode > 128 ? exitCode - 128 : undefined } = ended;
  return {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal: String(signal) }),
    outOfMemory: ended.reason === 'OOMKilled',
  };
}

function newest(pods: readonly Pod[]): Pod | null {
  const [first] = [...pods].sort((a, b) => born(b).localeCompare(born(a)));
  return first ?? null;
}

function born({ metadata, status }: Pod): string {
  return `${status?.phase === 'Failed' ? 0 : 1}${metadata.creationTimestamp ?? ''}${metadata.name}`;
}

function waiting(reason: ForkReasonWord, message: string): ForkState {
  return { kind: 'waiting', reason, message, recheckMs: null };
}

function failed(reason: ForkReasonWord, message: string, next: string): Trouble {
  return { kind: 'failed', reason, message, next, log: null };
}
