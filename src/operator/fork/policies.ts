import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyRule } from '../../kube/objects.ts';
import { isEmptySelector, type LabelSelector, type Labels, selects } from '../../kube/selector.ts';
import { labels as names } from '../../sandbox/cluster-names.ts';
import { type ForkOwner, ownerReference } from './fork.ts';
import { forkLabels } from './labels.ts';
import { hash } from './names.ts';

/**
 * The NetworkPolicies that a fork needs to stand where its baseline stands. A policy that selects the baseline is
 * cloned for the fork; one that names the baseline as a peer gets a twin that adds the fork (policies only ever add).
 * Policies of all pods hold for the fork by themselves. `forkPod` are the labels of the fork's pods.
 */
export function forkPolicies(
  owner: ForkOwner,
  service: string,
  baseline: Labels,
  forkPod: Labels,
  policies: readonly NetworkPolicy[],
): readonly NetworkPolicy[] {
  const fork: LabelSelector = {
    matchLabels: { [names.sandbox]: owner.name, [names.service]: service },
  };
  const make = (kind: string, policy: NetworkPolicy, spec: NetworkPolicy['spec']): NetworkPolicy => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: `sbx-${owner.name}-${kind}-${hash(`${owner.uid}/${service}/${policy.metadata.name}`, 10)}`,
      namespace: owner.namespace,
      labels: forkLabels(owner.name, service),
      ownerReferences: [ownerReference(owner)],
    },
    spec,
  });
  return policies
    .filter(({ metadata }) => metadata.labels?.[names.sandbox] === undefined)
    .flatMap((policy) => {
      const { podSelector } = policy.spec;
      const clone =
        selects(podSelector, baseline) && !selects(podSelector, forkPod)
          ? [make('clone', policy, { ...policy.spec, podSelector: fork })]
          : [];
      const twin = peerTwin(policy, baseline, forkPod, fork);
      return [...clone, ...(twin === null ? [] : [make('peer', policy, twin)])];
    });
}

/** The rules that let the baseline through, with the fork in its place; null where there are none. */
function peerTwin(
  { spec }: NetworkPolicy,
  baseline: Labels,
  forkPod: Labels,
  fork: LabelSelector,
): NetworkPolicy['spec'] | null {
  const named = ({ podSelector, namespaceSelector }: NetworkPolicyPeer) =>
    podSelector !== undefined &&
    namespaceSelector === undefined &&
    !isEmptySelector(podSelector) &&
    selects(podSelector, baseline) &&
    !selects(podSelector, forkPod);
  const peer: NetworkPolicyPeer = { podSelector: fork };
  const pick = (rules: readonly NetworkPolicyRule[] = [], side: 'from' | 'to') =>
    rules
      .filter((rule) => rule[side]?.some(named) === true)
      .map(({ ports }): NetworkPolicyRule => ({ [side]: [peer], ...(ports === undefined ? {} : { ports }) }));
  const ingress = pick(spec.ingress, 'from');
  const egress = pick(spec.egress, 'to');
  if (ingress.length === 0 && egress.length === 0) return null;
  return {
    podSelector: spec.podSelector,
    policyTypes: [...(ingress.length > 0 ? ['Ingress'] : []), ...(egress.length > 0 ? ['Egress'] : [])],
    ...(ingress.length > 0 ? { ingress } : {}),
    ...(egress.length > 0 ? { egress } : {}),
  };
}
