import { gatewayPods, objectNames } from '../../sandbox/cluster-names.ts';

/** One rule of a Role and why it is needed; `docs/security.md` is generated from these tables. */
export interface ReasonedRule {
  /** `''` for the core group. */
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Only objects of these names. */
  readonly names?: readonly string[];
  readonly why: string;
}

const sandboxes = { group: 'seatrial.dev', resources: ['sandboxes'] } as const;
const watching = ['get', 'list', 'watch'] as const;
const writing = ['create', 'patch', 'delete'] as const;
const oursPerNamespace = [objectNames.router, objectNames.gateway] as const;

/** What the controller may do in the namespaces that it serves. `systemNamespace` prefixes the roles that it may bind. */
export function controllerRules(systemNamespace: string): readonly ReasonedRule[] {
  return [
    {
      ...sandboxes,
      verbs: [...watching, 'patch', 'delete'],
      why: 'Act on Sandboxes, hold and free their finalizer, delete those whose lease is over.',
    },
    {
      group: 'seatrial.dev',
      resources: ['sandboxes/status'],
      verbs: ['patch'],
      why: 'Report phase, forks and routing key.',
    },
    {
      group: 'seatrial.dev',
      resources: ['sandboxes/finalizers'],
      verbs: ['update'],
      why: 'Own forks by their Sandbox where OwnerReferencesPermissionEnforcement is on.',
    },
    {
      group: 'apps',
      resources: ['deployments'],
      verbs: [...watching, ...writing],
      why: 'Read the baseline a fork is made from; make and remove forks and routers; roll a baseline at `enroll --restart`.',
    },
    {
      group: 'apps',
      resources: ['statefulsets'],
      verbs: ['get', 'list', 'watch'],
      why: 'Refuse to fork what a StatefulSet runs, and say so.',
    },
    {
      group: 'apps',
      resources: ['statefulsets'],
      verbs: ['create', 'patch', 'delete'],
      names: [objectNames.gateway],
      why: 'Make and remove the gateway.',
    },
    {
      group: '',
      resources: ['services'],
      verbs: [...watching, ...writing],
      why: 'Enrol and release Services; make and remove their shadows.',
    },
    {
      group: '',
      resources: ['pods'],
      verbs: [...watching],
      why: 'See forks, routers and gateways start, fail and end.',
    },
    { group: '', resources: ['pods/log'], verbs: ['get'], why: 'Show the last lines of a fork that failed.' },
    {
      group: '',
      resources: ['persistentvolumeclaims'],
      verbs: [...watching],
      why: 'Refuse forks of workloads that hold a ReadWriteOnce volume.',
    },
    {
      group: '',
      resources: ['configmaps'],
      verbs: [...watching, 'patch', 'delete'],
      names: [objectNames.enrolment, objectNames.tombstones],
      why: 'Keep the two lists of a namespace: what is enrolled, and keys that are no longer served.',
    },
    {
      group: '',
      resources: ['configmaps'],
      verbs: ['create'],
      why: 'Make these two; RBAC cannot name what does not exist yet.',
    },
    {
      group: '',
      resources: ['serviceaccounts'],
      verbs: ['get', ...writing],
      names: oursPerNamespace,
      why: 'Identities of router and gateway.',
    },
    {
      group: 'policy',
      resources: ['poddisruptionbudgets'],
      verbs: ['get', ...writing],
      names: oursPerNamespace,
      why: 'Keep one router and one gateway up while nodes are drained.',
    },
    {
      group: 'networking.k8s.io',
      resources: ['networkpolicies'],
      verbs: [...watching, ...writing],
      why: 'Let the policies of a baseline hold for its forks too.',
    },
    {
      group: 'rbac.authorization.k8s.io',
      resources: ['rolebindings'],
      verbs: ['get', ...writing],
      names: oursPerNamespace,
      why: 'Give router and gateway of a namespace their Role there.',
    },
    {
      group: 'rbac.authorization.k8s.io',
      resources: ['clusterroles'],
      verbs: ['bind'],
      names: [`${systemNamespace}:router`, `${systemNamespace}:gateway`],
      why: 'Bind these two Roles, and no others.',
    },
    {
      group: 'events.k8s.io',
      resources: ['events'],
      verbs: ['create', 'patch'],
      why: 'Tell what happened, where `kubectl describe` shows it.',
    },
  ];
}

/** What the controller may do in its own namespace. */
export const controllerSystemRules: readonly ReasonedRule[] = [
  {
    group: 'coordination.k8s.io',
    resources: ['leases'],
    verbs: ['get', 'patch'],
    names: [objectNames.controller],
    why: 'Only one of the two controllers acts.',
  },
  {
    group: 'coordination.k8s.io',
    resources: ['leases'],
    verbs: ['create'],
    why: 'Make that Lease; RBAC cannot name what does not exist yet.',
  },
];

/** What the controller may do in the cluster as a whole, also where it serves some namespaces only. */
export const controllerClusterRules: readonly ReasonedRule[] = [
  {
    ...sandboxes,
    verbs: [...watching, 'patch'],
    why: 'Free the finalizer of Sandboxes in a namespace that is being deleted, from which all other rights may have gone already.',
  },
  { group: '', resources: ['namespaces'], verbs: ['get'], why: 'See whether a namespace is being deleted.' },
  {
    group: 'apiextensions.k8s.io',
    resources: ['customresourcedefinitions'],
    verbs: ['get'],
    names: ['sandboxes.seatrial.dev'],
    why: 'Refuse to work with an older CRD, and say so.',
  },
];

export const routerRules: readonly ReasonedRule[] = [
  {
    group: '',
    resources: ['services'],
    verbs: [...watching],
    why: 'Know the baseline address behind each router port.',
  },
  { ...sandboxes, verbs: [...watching], why: 'Know routing keys and what they fork.' },
  {
    group: '',
    resources: ['pods'],
    verbs: [...watching],
    why: 'Know the addresses of forks, and how to ask whether they are ready.',
  },
  {
    group: '',
    resources: ['configmaps'],
    verbs: [...watching],
    names: [objectNames.tombstones],
    why: 'Refuse keys that are no longer served.',
  },
];

export const gatewayRules: readonly ReasonedRule[] = [
  {
    group: '',
    resources: ['services'],
    verbs: [...watching],
    why: 'List the services; connect to those of this namespace only.',
  },
  {
    group: 'apps',
    resources: ['deployments', 'statefulsets'],
    verbs: ['list', 'watch'],
    why: 'Say what can be forked, and from which commit and image.',
  },
  {
    group: '',
    resources: ['persistentvolumeclaims'],
    verbs: ['list', 'watch'],
    why: 'Say of workloads with a ReadWriteOnce volume that they cannot be forked.',
  },
  {
    group: '',
    resources: ['pods'],
    verbs: ['list', 'watch'],
    why: 'Find the routers whose receipts are summed, the forks whose logs are asked for, and what image the baseline runs.',
  },
  { group: '', resources: ['pods/log'], verbs: ['get'], why: 'Give the last lines of a sandbox’s forks.' },
];

/** For people, agents and CI: bind it in the namespace of the baseline. */
export const agentRules: readonly ReasonedRule[] = [
  {
    ...sandboxes,
    verbs: [...watching, 'create', 'patch', 'delete'],
    why: 'Provision, renew and tear down; whose Sandbox it is, the admission policy checks.',
  },
  {
    group: '',
    resources: ['pods/portforward'],
    verbs: ['get', 'create'],
    names: gatewayPods,
    why: 'Reach the gateway, and no other pod.',
  },
];

/** What `seatrial uninstall` needs, as the chart's Job runs it before `helm uninstall` removes the rest. */
export const uninstallRules: readonly ReasonedRule[] = [
  {
    ...sandboxes,
    verbs: ['get', 'list', 'patch', 'delete'],
    why: 'End sandboxes, and free those that no controller ends any more.',
  },
  {
    group: '',
    resources: ['services'],
    verbs: ['get', 'list', 'patch', 'delete'],
    why: 'Give Services back; remove shadows and the gateway’s Service.',
  },
  {
    group: 'apps',
    resources: ['deployments', 'statefulsets'],
    verbs: ['get', 'list', 'delete'],
    why: 'Remove controller, routers, gateways and forks.',
  },
  {
    group: '',
    resources: ['configmaps', 'serviceaccounts', 'namespaces'],
    verbs: ['get', 'list', 'delete'],
    why: 'Remove lists, settings, identities, and a system namespace that `seatrial install` made.',
  },
  {
    group: 'policy',
    resources: ['poddisruptionbudgets'],
    verbs: ['get', 'list', 'delete'],
    why: 'Remove those of controller, routers and gateways.',
  },
  {
    group: 'networking.k8s.io',
    resources: ['networkpolicies'],
    verbs: ['get', 'list', 'delete'],
    why: 'Remove those of forks.',
  },
  {
    group: 'rbac.authorization.k8s.io',
    resources: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
    verbs: ['get', 'list', 'delete'],
    why: 'Remove the Roles of the parts and their bindings.',
  },
  {
    group: 'admissionregistration.k8s.io',
    resources: ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
    verbs: ['get', 'list', 'delete'],
    why: 'Remove the policy on Sandboxes.',
  },
  {
    group: 'apiextensions.k8s.io',
    resources: ['customresourcedefinitions'],
    verbs: ['get', 'delete'],
    names: ['sandboxes.seatrial.dev'],
    why: 'Remove the CRD where no other installation and no Sandbox needs it.',
  },
  { group: '', resources: ['pods'], verbs: ['list'], why: 'See that nothing of ours runs any more.' },
  { group: 'apps', resources: ['replicasets'], verbs: ['list'], why: 'See that nothing of ours is left.' },
];

/** The rule as RBAC writes it. */
export function policyRule(rule: ReasonedRule): Readonly<Record<string, readonly string[]>> {
  const { group, resources, verbs, names } = rule;
  return { apiGroups: [group], resources, verbs, ...(names === undefined ? {} : { resourceNames: names }) };
}
