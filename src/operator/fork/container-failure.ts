import type { ContainerStatus, Pod } from '../../kube/objects.ts';
import type { ForkReasonWord } from '../../sandbox/fork-reasons.ts';

/** Whose log tells why. */
export interface LogPlace {
  readonly pod: string;
  readonly container: string;
  /** Of the life before the last restart. */
  readonly previous: boolean;
}

export interface Trouble {
  readonly kind: 'failed';
  readonly reason: ForkReasonWord;
  readonly message: string;
  readonly next: string;
  readonly log: LogPlace | null;
}

/** What the kubelet says of containers that will not come up by waiting; the forked one's failures first. */
export function containerFailure(pod: Pod, forked: string): Trouble | null {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const ordered = [
    ...initContainerStatuses,
    ...containerStatuses.filter(({ name }) => name === forked),
    ...containerStatuses.filter(({ name }) => name !== forked),
  ];
  const init = new Set(initContainerStatuses);
  for (const status of ordered) {
    const trouble = startFailure(pod, status) ?? endFailure(pod, status, init.has(status));
    if (trouble !== null) return trouble;
  }
  return null;
}

/** Reasons of the kubelet (pkg/kubelet/images and kuberuntime of Kubernetes 1.36). */
function startFailure(pod: Pod, { name, image, state }: ContainerStatus): Trouble | null {
  const { reason = '', message = reason } = state?.waiting ?? {};
  const say = (word: ForkReasonWord, next: string) =>
    trouble(word, `Container ${name}: ${message}`, next, null);
  switch (reason) {
    case 'ErrImagePull':
    case 'ImagePullBackOff':
    case 'ErrImageNeverPull':
    case 'InvalidImageName':
    case 'ErrInvalidImageName':
    case 'ImageInspectError':
    case 'RegistryUnavailable':
      return say(
        'ImagePullFailed',
        `Push ${imageOf(pod, name) ?? image ?? 'the image'} to where the cluster pulls from, or name one that is there; a private registry needs the baseline's imagePullSecrets.`,
      );
    case 'CreateContainerConfigError':
      return say(
        'ConfigMissing',
        'Create what the message names, or take the reference out of the workload or the fork.',
      );
    case 'RunContainerError':
    case 'CreateContainerError':
    case 'StartError':
    case 'PostStartHookError':
    case 'PreCreateHookError':
    case 'PreStartHookError':
      return say('CannotStart', "Check the fork's image: command, user, working folder and mounts.");
    default:
      return null;
  }
}

function endFailure(pod: Pod, status: ContainerStatus, init: boolean): Trouble | null {
  const { name, state, lastState, restartCount = 0, ready = false } = status;
  const ended = state?.terminated ?? lastState?.terminated;
  if (ended === undefined) return null;
  const again = state?.waiting?.reason === 'CrashLoopBackOff';
  const running = state?.running !== undefined;
  if (running && (ready || restartCount < 3)) return null;
  if (init && ended.exitCode === 0) return null;
  const log = { pod: pod.metadata.name, container: name, previous: state?.terminated === undefined };
  if (ended.reason === 'OOMKilled') {
    return trouble(
      'OOMKilled',
      `Container ${name} was killed, as it used more memory than its limit (${restartCount} restarts).`,
      'Raise `resources.limits.memory` of the fork, or find what uses the memory.',
      log,
    );
  }
  if (!again && !(restartCount >= 1) && !isStartError(ended.reason)) return null;
  if (isStartError(ended.reason)) {
    return trouble(
      'CannotStart',
      `Container ${name}: ${ended.message ?? ended.reason}`,
      "Check the fork's image: command, user, working folder and mounts.",
      null,
    );
  }
  const code = `exit code ${ended.exitCode ?? 'unknown'}`;
  return init
    ? trouble(
        'InitFailed',
        `Init container ${name} ended with ${code} (${restartCount} restarts).`,
        'Read its last log lines; it runs before the fork, as it does before the baseline.',
        log,
      )
    : trouble(
        'CrashLoop',
        `Container ${name} ended with ${code} (${restartCount} restarts)${ended.exitCode === 0 ? '; a service has to keep running' : ''}.`,
        'Read its last log lines, fix the code, and provision again.',
        log,
      );
}

function isStartError(reason: string | undefined): boolean {
  return reason === 'StartError' || reason === 'ContainerCannotRun';
}

function imageOf({ spec }: Pod, container: string): string | undefined {
  return [...spec.containers, ...(spec.initContainers ?? [])].find(({ name }) => name === container)?.image;
}

function trouble(reason: ForkReasonWord, message: string, next: string, log: Trouble['log']): Trouble {
  return { kind: 'failed', reason, message, next, log };
}
