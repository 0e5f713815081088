import type { Deployment, OwnerReference, PodTemplate } from '../../kube/objects.ts';
import { annotations, labels as labelNames } from '../../sandbox/cluster-names.ts';
import type { ResourceFork } from '../../sandbox/resource.ts';
import { forkLabels, forkPodAnnotations, forkPodLabels } from './labels.ts';
import { forkHash, forkName } from './names.ts';
import { forkContainers } from './overrides.ts';
import { withoutSelfSpread } from './scheduling.ts';
import { forkVolumes } from './volumes.ts';

/** The Sandbox as far as a fork needs it. */
export interface ForkOwner {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly routingKey: string;
}

/** No traffic comes once the tombstone is loaded, so there is nothing to drain for longer. */
const longestGraceSeconds = 10;

/** A fork: the baseline's pod template with the changes, beside everything that selects the baseline. */
export function makeFork(
  owner: ForkOwner,
  fork: ResourceFork,
  baseline: Deployment,
  container: string,
): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: forkName(owner, fork.service),
      namespace: owner.namespace,
      labels: forkLabels(owner.name, fork.service),
      annotations: {
        [annotations.fork]: forkHash(fork),
        [annotations.key]: owner.routingKey,
        [annotations.workload]: baseline.metadata.name,
        [annotations.container]: container,
      },
      ownerReferences: [ownerReference(owner)],
    },
    spec: {
      replicas: 1,
      revisionHistoryLimit: 0,
      strategy: { type: 'Recreate' },
      selector: {
        matchLabels: { [labelNames.sandbox]: owner.name, [labelNames.service]: fork.service },
      },
      template: forkTemplate(owner, fork, baseline, container),
    },
  };
}

/** Also what replaces the template of a fork whose spec changed. */
export function forkTemplate(
  owner: ForkOwner,
  fork: ResourceFork,
  { metadata: { annotations: own = {} }, spec: { template } }: Deployment,
  container: string,
): PodTemplate {
  const { metadata = {}, spec } = template;
  const serves = own[annotations.serves];
  const baseline = metadata.labels ?? {};
  const pod = forkVolumes(withoutSelfSpread(forkContainers(spec, container, fork, owner.name), baseline));
  const grace = pod.terminationGracePeriodSeconds;
  return {
    metadata: {
      labels: forkPodLabels(owner.name, fork.service, baseline),
      annotations: {
        ...forkPodAnnotations(metadata),
        [annotations.fork]: forkHash(fork),
        [annotations.container]: container,
        ...(serves === undefined ? {} : { [annotations.serves]: serves }),
      },
    },
    spec: {
      ...pod,
      terminationGracePeriodSeconds:
        typeof grace === 'number' ? Math.min(grace, longestGraceSeconds) : longestGraceSeconds,
    },
  };
}

export function ownerReference({ name, uid }: ForkOwner): OwnerReference {
  return { apiVersion: 'seatrial.dev/v1alpha1', kind: 'Sandbox', name, uid, controller: true };
}
