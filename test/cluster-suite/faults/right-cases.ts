import {
  agentRules,
  controllerClusterRules,
  controllerRules,
  controllerSystemRules,
  gatewayRules,
  type ReasonedRule,
  routerRules,
} from '../../../src/operator/install/rules.ts';

/** The roles of an installation, by the last part of their names. */
export const roles = {
  controller: controllerRules('seatrial-system'),
  'controller-cluster': controllerClusterRules,
  'controller-system': controllerSystemRules,
  router: routerRules,
  gateway: gatewayRules,
  agent: agentRules,
} as const satisfies Record<string, readonly ReasonedRule[]>;

export type Role = keyof typeof roles;

/** One verb on one resource: what is taken away at a time. */
export interface Right {
  readonly role: Role;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
}

/** `controller: patch services`, `agent: get pods/portforward`, `router: list sandboxes.seatrial.dev` */
export function nameOfRight({ role, verb, group, resource }: Right): string {
  return `${role}: ${verb} ${resourceName({ group, resource })}`;
}

export function resourceName({ group, resource }: Pick<Right, 'group' | 'resource'>): string {
  const [kind = '', ...sub] = resource.split('/');
  return [group === '' ? kind : `${kind}.${group}`, ...sub].join('/');
}

/** Every right of every rule, each once. */
export const allRights: readonly Right[] = [
  ...new Map(
    Object.entries(roles)
      .flatMap(([role, rules]) =>
        rules.flatMap(({ group, resources, verbs }) =>
          resources.flatMap((resource) =>
            verbs.map((verb): Right => ({ role: role as Role, verb, group, resource })),
          ),
        ),
      )
      .map((right) => [nameOfRight(right), right]),
  ).values(),
];

/**
 * Where, beside `seatrial doctor`, the lack of a right is read within seconds:
 * `provision`: a Sandbox of a Service that is not enrolled yet, in a namespace that is to be prepared anew, in its status;
 * `teardown`: the Sandbox that is deleted, in its conditions;
 * `expire`: the Sandbox whose lease is over, in its status;
 * `status`: an Event of the Sandbox;
 * `log`: the Sandbox whose fork crashes, in place of the log lines;
 * `start`: a Sandbox that was there when the controller started, in its status;
 * `router`, `gateway`: once their pods start anew, what waits for them;
 * `call`: the call of the agent that needs it;
 * `doctor`: `seatrial doctor` alone, for the reason beside it.
 */
export type Way =
  | 'provision'
  | 'teardown'
  | 'expire'
  | 'status'
  | 'log'
  | 'start'
  | 'router'
  | 'gateway'
  | 'call'
  | { readonly doctor: string };

const spare = { doctor: 'needed by a retry or a way of Kubernetes that is not at hand' };
const absent = { doctor: 'needed where the object is not there yet: at the first sandbox of a namespace' };
const release = { doctor: 'needed when Services are released or namespaces given up' };
const blind = { doctor: 'without it the controller sees no Sandbox that it could tell it to' };
const lead = { doctor: 'without it no controller leads' };
const ending = { doctor: 'needed in namespaces that are being deleted' };

/** `role resource` → verb → way. A right without an entry fails `right-cases.test.ts`. */
export const ways: Readonly<Record<string, Readonly<Record<string, Way>>>> = {
  'controller sandboxes.seatrial.dev': {
    get: spare,
    list: blind,
    watch: blind,
    patch: 'teardown',
    delete: 'expire',
  },
  'controller sandboxes.seatrial.dev/status': { patch: 'status' },
  'controller sandboxes.seatrial.dev/finalizers': { update: spare },
  'controller deployments.apps': {
    get: spare,
    list: 'start',
    watch: 'start',
    create: 'provision',
    patch: 'provision',
    delete: 'teardown',
  },
  'controller statefulsets.apps': {
    get: 'provision',
    list: 'start',
    watch: 'start',
    create: absent,
    patch: 'provision',
    delete: release,
  },
  'controller services': {
    get: spare,
    list: 'provision',
    watch: 'start',
    create: 'provision',
    patch: 'provision',
    delete: release,
  },
  'controller pods': { get: spare, list: 'provision', watch: 'start' },
  'controller pods/log': { get: 'log' },
  'controller persistentvolumeclaims': { get: spare, list: 'start', watch: 'start' },
  'controller configmaps': {
    get: 'provision',
    list: 'start',
    watch: 'start',
    patch: 'provision',
    delete: release,
    create: absent,
  },
  'controller serviceaccounts': { get: spare, create: absent, patch: 'provision', delete: release },
  'controller poddisruptionbudgets.policy': {
    get: spare,
    create: absent,
    patch: 'provision',
    delete: release,
  },
  'controller networkpolicies.networking.k8s.io': {
    get: spare,
    list: 'provision',
    watch: 'start',
    create: spare,
    patch: spare,
    delete: spare,
  },
  'controller rolebindings.rbac.authorization.k8s.io': {
    get: spare,
    create: absent,
    patch: 'provision',
    delete: release,
  },
  'controller clusterroles.rbac.authorization.k8s.io': {
    bind: { doctor: 'RBAC asks for it only where a role gives more than the controller has itself' },
  },
  'controller events.events.k8s.io': { create: spare, patch: spare },
  'controller-system leases.coordination.k8s.io': { get: lead, patch: lead, create: lead },
  'controller-cluster sandboxes.seatrial.dev': {
    get: ending,
    list: ending,
    watch: ending,
    patch: ending,
  },
  'controller-cluster namespaces': { get: ending },
  'controller-cluster customresourcedefinitions.apiextensions.k8s.io': { get: spare },
  'router services': { get: spare, list: 'router', watch: 'router' },
  'router sandboxes.seatrial.dev': { get: spare, list: 'router', watch: 'router' },
  'router pods': { get: spare, list: 'router', watch: 'router' },
  'router configmaps': { get: spare, list: 'router', watch: 'router' },
  'gateway services': { get: spare, list: 'gateway', watch: 'gateway' },
  'gateway deployments.apps': { list: 'gateway', watch: 'gateway' },
  'gateway statefulsets.apps': { list: 'gateway', watch: 'gateway' },
  'gateway persistentvolumeclaims': { list: 'gateway', watch: 'gateway' },
  'gateway pods': { list: 'gateway', watch: 'gateway' },
  'gateway pods/log': { get: 'call' },
  'agent sandboxes.seatrial.dev': {
    get: 'call',
    list: 'call',
    watch: spare,
    create: 'call',
    patch: 'call',
    delete: 'call',
  },
  'agent pods/portforward': { get: 'call', create: 'call' },
};

export function wayOf(right: Right): Way | undefined {
  return ways[`${right.role} ${resourceName(right)}`]?.[right.verb];
}

export function rightsBy(way: Way): readonly Right[] {
  return allRights.filter((right) => wayOf(right) === way);
}
