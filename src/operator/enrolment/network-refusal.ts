import type { Deployment, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyRule } from '../../kube/objects.ts';
import { containsLabels, type Labels, selects } from '../../kube/selector.ts';
import { labels } from '../../sandbox/cluster-names.ts';
import type { Original } from './original.ts';

export interface NetworkRefusal {
  readonly reason: 'NetworkPolicy';
  readonly message: string;
  readonly next: string;
}

/** The label that policies can name routers by; what else their pods carry is ours to change. */
const router: Labels = { [labels.role]: 'router' };

/**
 * Why the policies of a namespace would part callers and baseline, were a router between them: null where they would
 * not. Policies only ever add, so one that admits the router is enough for a pod (NetworkPolicy, networking.k8s.io/v1).
 * Ports of rules are not looked at: whoever admits the router to some port is taken to mean it.
 */
export function networkRefusal(
  service: { readonly name: string; readonly namespace: string; readonly original: Original },
  deployments: readonly Deployment[],
  policies: readonly NetworkPolicy[],
): NetworkRefusal | null {
  const selector = service.original.spec.selector ?? {};
  const pods = deployments
    .filter(({ metadata }) => metadata.labels?.[labels.sandbox] === undefined)
    .map(({ spec }) => spec.template.metadata?.labels ?? {})
    .filter((pod) => Object.keys(selector).length > 0 && containsLabels(pod, selector));
  const theirs = policies.filter(({ metadata }) => metadata.labels?.[labels.sandbox] === undefined);
  const admits = admitting(service.namespace);
  for (const pod of pods) {
    const guarding = theirs.filter(
      ({ spec }) => selects(spec.podSelector, pod) && restricts(spec, 'Ingress'),
    );
    const [first] = guarding;
    if (first !== undefined && !guarding.some(({ spec }) => admits(spec.ingress, 'from', router))) {
      return refusal(service.name, first, 'admits no pods of the router to its workload', 'from');
    }
    const leading = theirs.filter(({ spec }) => restricts(spec, 'Egress') && names(spec.egress, admits, pod));
    const narrow = leading.find(({ spec }) => !admits(spec.egress, 'to', router));
    if (narrow !== undefined) {
      return refusal(service.name, narrow, 'lets its callers reach the workload, and not the router', 'to');
    }
  }
  return null;
}

type Admits = ReturnType<typeof admitting>;

/** Whether rules let pods with these labels, of the same namespace, through. */
function admitting(namespace: string) {
  const home: Labels = { 'kubernetes.io/metadata.name': namespace };
  const meets = ({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, pod: Labels) =>
    ipBlock === undefined &&
    (namespaceSelector === undefined || selects(namespaceSelector, home)) &&
    (podSelector === undefined || selects(podSelector, pod));
  return (rules: readonly NetworkPolicyRule[] | undefined, side: 'from' | 'to', pod: Labels) =>
    (rules ?? []).some((rule) => {
      const peers = rule[side] ?? [];
      return peers.length === 0 || peers.some((peer) => meets(peer, pod));
    });
}

/** A rule for everybody lets callers reach the router as well; only one that tells the workload apart leads to it. */
function names(rules: readonly NetworkPolicyRule[] | undefined, admits: Admits, pod: Labels): boolean {
  return (rules ?? []).some((rule) => (rule.to ?? []).length > 0 && admits([rule], 'to', pod));
}

/** `policyTypes` is filled in by the API server; Ingress holds where it is missing. */
function restricts(spec: NetworkPolicy['spec'], type: 'Ingress' | 'Egress'): boolean {
  return spec.policyTypes?.includes(type) ?? (type === 'Ingress' || spec.egress !== undefined);
}

function refusal(
  service: string,
  { metadata }: NetworkPolicy,
  why: string,
  side: 'from' | 'to',
): NetworkRefusal {
  const rule = `- ${side}: [{ podSelector: { matchLabels: { ${labels.role}: router } } }]`;
  return {
    reason: 'NetworkPolicy',
    message: `Service ${service} would be cut off: NetworkPolicy ${metadata.name} ${why}.`,
    next: `Add the rule \`${rule}\` to it or to a policy beside it, and try again; docs/security.md says what that opens.`,
  };
}
