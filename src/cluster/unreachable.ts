import { SeatrialError } from '../errors.ts';
import { KubeError } from '../kube/api.ts';
import { gatewayPods } from '../sandbox/cluster-names.ts';

/** Why one of the gateway's pods was not reached. */
export interface Attempt {
  readonly pod: string;
  readonly error: unknown;
}

/** What to tell who wanted the gateway; the hints go from what only an operator can mend to what passes by itself. */
export function gatewayUnreachable(
  namespace: string,
  server: string,
  attempts: readonly Attempt[],
): SeatrialError {
  const errors = attempts.map(({ error }) => error).filter((error) => error instanceof KubeError);
  const has = (test: (error: KubeError) => boolean) => errors.find(test);
  const what = `No gateway of namespace ${namespace} can be reached through ${server}.`;
  const say = (why: string, next: string) => new SeatrialError('gateway-unreachable', { what, why, next });

  if (has(({ reason }) => reason === 'Kubeconfig')) {
    return say(errors[0]?.message ?? '', 'Mend the kubeconfig, or name another context in seatrial.yaml.');
  }
  if (has(({ status }) => status === 401)) {
    return say(
      'The API server does not accept the credentials of the kubeconfig.',
      'Log in again; `kubectl get pods` must work with the same context.',
    );
  }
  const forbidden = has(({ status }) => status === 403);
  if (forbidden !== undefined) {
    return say(
      `The right to reach it is missing: verbs get and create on pods/portforward, resourceNames ${gatewayPods.join(', ')}, in namespace ${namespace}. The API says: ${forbidden.message}`,
      'Have an administrator bind the agent Role of the namespace to you; `seatrial doctor` names all that is missing.',
    );
  }
  if (errors.length === attempts.length && errors.every(({ status }) => status === 404)) {
    return say(
      `Namespace ${namespace} has no pods ${gatewayPods.join(' and ')}.`,
      'Run `seatrial enroll` there (and `seatrial install` once for the cluster), or name another namespace in seatrial.yaml.',
    );
  }
  if (errors.length === attempts.length && errors.every(({ reason }) => reason === 'Unreachable')) {
    return say(
      'The API server does not answer, or lost the connection.',
      'Call again; if it stays, see whether `kubectl get pods` works with the same context.',
    );
  }
  const whys = attempts.map(({ pod, error }) => `${pod}: ${messageOf(error)}`).join('; ');
  return say(
    whys,
    `Call again in a moment; if it stays, see \`kubectl -n ${namespace} describe pod ${gatewayPods[0]}\`.`,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
