import type { KubeApi } from '../../kube/api.ts';
import type { Pod } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { isReady } from '../../operator/enrolment/routers.ts';
import { installationLabel } from '../../operator/install/manifest.ts';

/** What keeps our pods of a namespace from running, in one sentence. */
export async function whyNotRunning(kube: KubeApi, namespace: string, signal: AbortSignal): Promise<string> {
  const { items } = await kube.list<Pod>(
    resources.pods,
    { namespace, labelSelector: installationLabel },
    signal,
  );
  if (items.length === 0)
    return 'No pod was made: a quota, an admission webhook or Pod Security may forbid it.';
  const troubles = items.filter((pod) => !isReady(pod)).map(trouble);
  return troubles.length === 0 ? 'All its pods are ready now.' : [...new Set(troubles)].join(' ');
}

export function trouble({ metadata, status }: Pod): string {
  const states = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  for (const { name, state, lastState } of states) {
    const waiting = state?.waiting;
    if (waiting?.reason !== undefined && !['PodInitializing', 'ContainerCreating'].includes(waiting.reason)) {
      const ended = lastState?.terminated?.exitCode;
      const exit = ended === undefined ? '' : ` (it ended with ${ended})`;
      return `Pod ${metadata.name}, container ${name}: ${waiting.reason}${exit}${waiting.message === undefined ? '' : `, ${waiting.message}`}.`;
    }
  }
  const unscheduled = status?.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  if (unscheduled !== undefined)
    return `Pod ${metadata.name} is not scheduled: ${unscheduled.message ?? ''}.`;
  return `Pod ${metadata.name} is not ready yet.`;
}

/** What to do about it. `namespace` is that of the pods. */
export function nextOf(why: string, namespace: string): string {
  if (/: (ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName)\b/.test(why)) {
    return 'Bring that image to where the nodes pull it from, or run seatrial install --image with one that they can pull.';
  }
  const [, pod, container] = /Pod (\S+), container (\S+): CrashLoopBackOff/.exec(why) ?? [];
  if (pod !== undefined) {
    return `See why it ends: kubectl -n ${namespace} logs ${pod} --container ${container} --previous.`;
  }
  return `Mend what is named; kubectl -n ${namespace} describe pods tells more. Then run seatrial doctor again.`;
}
