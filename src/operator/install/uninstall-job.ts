import { clusterName, type Installation, type Manifest, ourLabels } from './manifest.ts';
import { needs, restrictedContainer, restrictedPod } from './pod.ts';
import { policyRule, uninstallRules } from './rules.ts';

const name = 'seatrial-uninstall';
const rbac = 'rbac.authorization.k8s.io/v1';
/** As long as `seatrial uninstall` waits at most, all its parts together. */
const deadlineSeconds = 600;

/**
 * What `helm uninstall` runs before it removes anything: `seatrial uninstall` within the cluster, so that Services lead
 * to their own pods again before the controller is gone. Without the label of the installation, as it must not remove
 * itself. `flags` are those of the command.
 */
export function uninstallJobObjects(
  installation: Installation,
  flags: readonly string[],
): readonly Manifest[] {
  const { systemNamespace, image } = installation;
  const role = clusterName(systemNamespace, 'uninstall');
  const { 'app.kubernetes.io/managed-by': managedBy = '' } = ourLabels(systemNamespace, 'uninstall');
  const labels = { 'app.kubernetes.io/managed-by': managedBy };
  const subjects = [{ kind: 'ServiceAccount', name, namespace: systemNamespace }];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: systemNamespace, labels } },
    {
      apiVersion: rbac,
      kind: 'ClusterRole',
      metadata: { name: role, labels },
      rules: uninstallRules.map(policyRule),
    },
    {
      apiVersion: rbac,
      kind: 'ClusterRoleBinding',
      metadata: { name: role, labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects,
    },
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, namespace: systemNamespace, labels },
      spec: {
        backoffLimit: 0,
        activeDeadlineSeconds: deadlineSeconds,
        template: {
          metadata: { labels },
          spec: {
            restartPolicy: 'Never',
            serviceAccountName: name,
            securityContext: restrictedPod,
            containers: [
              {
                name: 'uninstall',
                image,
                imagePullPolicy: 'IfNotPresent',
                args: ['uninstall', '--system-namespace', systemNamespace, ...flags],
                // Where the CLI may write.
                env: [{ name: 'HOME', value: '/tmp' }],
                resources: needs('20m', '96Mi', '384Mi'),
                securityContext: restrictedContainer,
              },
            ],
          },
        },
      },
    },
  ];
}
