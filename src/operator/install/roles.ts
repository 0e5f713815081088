import { objectNames } from '../../sandbox/cluster-names.ts';
import { clusterName, type Installation, type Manifest, ourLabels } from './manifest.ts';
import {
  agentRules,
  controllerClusterRules,
  controllerRules,
  controllerSystemRules,
  gatewayRules,
  policyRule,
  type ReasonedRule,
  routerRules,
} from './rules.ts';

const rbac = 'rbac.authorization.k8s.io/v1';

/** ClusterRoles and the bindings of the controller: everywhere, or in the namespaces that it is to serve. */
export function roleObjects(installation: Installation): readonly Manifest[] {
  const { systemNamespace, namespaces } = installation;
  const clusterRole = (part: string, rules: readonly ReasonedRule[]): Manifest => ({
    apiVersion: rbac,
    kind: 'ClusterRole',
    metadata: { name: clusterName(systemNamespace, part), labels: ourLabels(systemNamespace, part) },
    rules: rules.map(policyRule),
  });
  return [
    clusterRole('controller', controllerRules(systemNamespace)),
    clusterRole('controller-cluster', controllerClusterRules),
    clusterRole('router', routerRules),
    clusterRole('gateway', gatewayRules),
    clusterRole('agent', agentRules),
    clusterBinding(systemNamespace, 'controller-cluster'),
    ...(namespaces === null
      ? [clusterBinding(systemNamespace, 'controller')]
      : namespaces.map((namespace) => controllerBinding(systemNamespace, namespace))),
    systemRole(systemNamespace),
    {
      apiVersion: rbac,
      kind: 'RoleBinding',
      metadata: metadataOf(systemNamespace, systemNamespace),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: objectNames.controller },
      subjects: [controllerSubject(systemNamespace)],
    },
  ];
}

function systemRole(systemNamespace: string): Manifest {
  return {
    apiVersion: rbac,
    kind: 'Role',
    metadata: metadataOf(systemNamespace, systemNamespace),
    rules: controllerSystemRules.map(policyRule),
  };
}

function clusterBinding(systemNamespace: string, part: string): Manifest {
  const name = clusterName(systemNamespace, part);
  return {
    apiVersion: rbac,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: ourLabels(systemNamespace, 'controller') },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [controllerSubject(systemNamespace)],
  };
}

function controllerBinding(systemNamespace: string, namespace: string): Manifest {
  return {
    apiVersion: rbac,
    kind: 'RoleBinding',
    metadata: metadataOf(systemNamespace, namespace),
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: clusterName(systemNamespace, 'controller'),
    },
    subjects: [controllerSubject(systemNamespace)],
  };
}

function metadataOf(systemNamespace: string, namespace: string) {
  return { name: objectNames.controller, namespace, labels: ourLabels(systemNamespace, 'controller') };
}

function controllerSubject(systemNamespace: string) {
  return { kind: 'ServiceAccount', name: objectNames.controller, namespace: systemNamespace };
}
