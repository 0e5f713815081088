import { isDeepStrictEqual } from 'node:util';
import type { Deployment, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyRule } from '../../kube/objects.ts';
import { containsLabels, type Labels, selects } from '../../kube/selector.ts';
import { labels } from '../../sandbox/cluster-names.ts';
import { routerSelector } from '../install/router.ts';
import type { Original } from './original.ts';

export interface NetworkRefusal {
  readonly reason: 'NetworkPolicy';
  readonly message: string;
  readonly next: string;
}

/** The labels that policies can name routers by; what else their pods carry is ours to change. */
const router: Labels = { [labels.role]: 'router', ...routerSelector };

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
    const shut = closedRouter(guarding, theirs);
    if (shut !== null) return shut(service.name);
    const leading = theirs.filter(({ spec }) => restricts(spec, 'Egress') && names(spec.egress, admits, pod));
    const narrow = leading.find(({ spec }) => !admits(spec.egress, 'to', router));
    if (narrow !== undefined) {
      return refusal(service.name, narrow, 'lets its callers reach the workload, and not the router', 'to');
    }
    const held = theirs.filter(({ spec }) => selects(spec.podSelector, router) && restricts(spec, 'Egress'));
    const [holder] = held;
    if (holder !== undefined && !held.some(({ spec }) => admits(spec.egress, 'to', pod))) {
      return routerRefusal(
        service.name,
        holder,
        'lets the pods of the router reach nothing of its workload',
        'egress: [{}]',
      );
    }
  }
  return null;
}

/** Whether a policy that holds for the router's pods too keeps out callers that the workload admits, and how to say so. */
function closedRouter(
  guarding: readonly NetworkPolicy[],
  all: readonly NetworkPolicy[],
): ((service: string) => NetworkRefusal) | null {
  const guards = all.filter(({ spec }) => selects(spec.podSelector, router) && restricts(spec, 'Ingress'));
  const [guard] = guards;
  if (guard === undefined) return null;
  const open = guards.flatMap(({ spec }) => spec.ingress ?? []);
  if (open.some(({ from = [] }) => from.length === 0)) return null;
  const peers = open.flatMap(({ from = [] }) => from);
  const wanted = guarding.length === 0 ? [{ from: [] }] : guarding.flatMap(({ spec }) => spec.ingress ?? []);
  const isOpen = ({ from = [] }: NetworkPolicyRule) =>
    from.length > 0 &&
    from.every((peer) => isRouter(peer) || peers.some((one) => isDeepStrictEqual(one, peer)));
  const missing = wanted.find((rule) => !isOpen(rule));
  if (missing === undefined) return null;
  const rule = JSON.stringify((missing.from ?? []).length === 0 ? {} : { from: missing.from });
  return (service) =>
    routerRefusal(
      service,
      guard,
      'keeps callers that its workload admits away from the pods of the router',
      `ingress: [${rule}]`,
    );
}

/** Not a caller: the rule that lets the router itself through. */
function isRouter({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer): boolean {
  const named = Object.keys(podSelector?.matchLabels ?? {});
  return (
    ipBlock === undefined &&
    namespaceSelector === undefined &&
    podSelector !== undefined &&
    named.some((key) => Object.hasOwn(router, key)) &&
    selects(podSelector, router)
  );
}

function routerRefusal(
  service: string,
  { metadata }: NetworkPolicy,
  why: string,
  rule: string,
): NetworkRefusal {
  return {
    reason: 'NetworkPolicy',
    message: `Service ${service} would be cut off: NetworkPolicy ${metadata.name} ${why}.`,
    next: `Add a policy with \`podSelector: { matchLabels: { ${labels.role}: router } }, ${rule}\`, and try again; docs/security.md says what that opens.`,
  };
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
