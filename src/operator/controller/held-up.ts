import type { Pod } from '../../kube/objects.ts';

/** Beyond the time by which the API itself says that a pod is to be gone. */
const slackMs = 20_000;

export interface HeldUp {
  readonly message: string;
  /** When to look again though nothing may change; null where that makes no difference. */
  readonly recheckMs: number | null;
}

/**
 * Why a teardown waits: pods that should have ended by now. A node that is dead never says that they have, and only
 * somebody who knows it may say so in its place; until then they may still run.
 */
export function heldUpBy(pods: readonly Pod[], nowEpochMs: number): HeldUp | null {
  const waits = pods.flatMap((pod) => {
    const due = Date.parse(pod.metadata.deletionTimestamp ?? '');
    return Number.isNaN(due) ? [] : [{ pod, leftMs: due + slackMs - nowEpochMs }];
  });
  const [late] = waits
    .filter(({ leftMs }) => leftMs <= 0)
    .toSorted((a, b) => a.pod.metadata.name.localeCompare(b.pod.metadata.name));
  if (late === undefined) {
    const next = Math.min(...waits.map(({ leftMs }) => leftMs));
    return waits.length === 0 ? null : { message: '', recheckMs: next + 50 };
  }
  const { metadata, spec } = late.pod;
  const { name, namespace = '', finalizers = [] } = metadata;
  const held = finalizers.length === 0 ? '' : ` It has the finalizers ${finalizers.join(', ')}.`;
  const message =
    `Pod ${name} on node ${spec.nodeName ?? 'none'} has not ended though it should have by ${metadata.deletionTimestamp}.${held} ` +
    `Requests with the key are refused. See whether the node answers (kubectl get node ${spec.nodeName ?? ''}); if it is gone for good, ` +
    `delete its Node, or the pod: kubectl -n ${namespace} delete pod ${name} --force. The teardown goes on by itself then.`;
  return { message, recheckMs: null };
}
