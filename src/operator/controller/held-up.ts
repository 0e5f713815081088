import type { KubeObject, Pod } from '../../kube/objects.ts';

/** Beyond the time by which the API itself says that a pod is to be gone. */
const slackMs = 20_000;

export interface HeldUp {
  readonly message: string;
  /** When to look again though nothing may change; null where that makes no difference. */
  readonly recheckMs: number | null;
}

/** Of Kubernetes' own, which end by themselves. */
const ownFinalizers: readonly string[] = ['foregroundDeletion', 'orphan'];

/** Why a teardown waits though no pod is left: finalizers that others put on a fork. */
export function heldByOthers(forks: readonly KubeObject[]): HeldUp | null {
  for (const { kind, metadata } of forks) {
    const { name, namespace = '', deletionTimestamp } = metadata;
    const held = (metadata.finalizers ?? []).filter((one) => !ownFinalizers.includes(one));
    if (deletionTimestamp === undefined || held.length === 0) continue;
    const message =
      `${kind} ${name} is deleted, and held by the finalizers ${held.join(', ')}. Its pods are gone, and requests with the key are refused. ` +
      `See whether what set them runs; if it is gone for good, take them off: kubectl -n ${namespace} edit ${kind.toLowerCase()} ${name}. The teardown goes on by itself then.`;
    return { message, recheckMs: null };
  }
  return null;
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
