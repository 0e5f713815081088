import { objectNames } from '../../sandbox/cluster-names.ts';
import { gatewayObjects } from './gateway.ts';
import { clusterName, type Installation, type Manifest, ourLabels } from './manifest.ts';
import { appOf } from './pod.ts';
import { routerDeployment } from './router.ts';

/** All that a baseline's namespace needs before one of its Services can be enrolled, in the order to apply it in. */
export function namespaceObjects(installation: Installation, namespace: string): readonly Manifest[] {
  return [
    ...identity(installation, namespace, 'router'),
    ...identity(installation, namespace, 'gateway'),
    routerDeployment(installation, namespace),
    ...gatewayObjects(installation, namespace),
  ];
}

function identity(
  { systemNamespace }: Installation,
  namespace: string,
  part: 'router' | 'gateway',
): readonly Manifest[] {
  const name = objectNames[part];
  const metadata = { name, namespace, labels: ourLabels(systemNamespace, part) };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: clusterName(systemNamespace, part),
      },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: { minAvailable: 1, selector: { matchLabels: appOf(name) } },
    },
  ];
}
