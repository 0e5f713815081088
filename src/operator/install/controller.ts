import { objectNames } from '../../sandbox/cluster-names.ts';
import { type Installation, type Manifest, ourLabels } from './manifest.ts';
import {
  appOf,
  healthPort,
  needs,
  podEnv,
  probes,
  restrictedContainer,
  restrictedPod,
  spread,
} from './pod.ts';

const name = objectNames.controller;

export function systemNamespaceObject({ systemNamespace }: Installation): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: systemNamespace,
      labels: {
        ...ourLabels(systemNamespace, 'system'),
        'pod-security.kubernetes.io/enforce': 'restricted',
      },
    },
  };
}

/** ServiceAccount, Deployment and PDB of the controller. */
export function controllerObjects(installation: Installation): readonly Manifest[] {
  const { systemNamespace } = installation;
  const metadata = { name, namespace: systemNamespace, labels: ourLabels(systemNamespace, 'controller') };
  const matchLabels = appOf(name);
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 2,
        selector: { matchLabels },
        template: {
          metadata: { labels: { ...metadata.labels, ...matchLabels } },
          spec: {
            serviceAccountName: name,
            securityContext: restrictedPod,
            affinity: spread(matchLabels),
            terminationGracePeriodSeconds: 15,
            containers: [controllerContainer(installation)],
          },
        },
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: { minAvailable: 1, selector: { matchLabels } },
    },
  ];
}

function controllerContainer({ systemNamespace, image, namespaces }: Installation) {
  return {
    name: 'controller',
    image,
    imagePullPolicy: 'IfNotPresent',
    args: ['operator', 'controller'],
    env: [
      ...podEnv,
      { name: 'SEATRIAL_SYSTEM_NAMESPACE', value: systemNamespace },
      { name: 'SEATRIAL_IMAGE', value: image },
      { name: 'SEATRIAL_NAMESPACES', value: (namespaces ?? []).join(',') },
    ],
    ports: [healthPort],
    ...probes(healthPort.containerPort),
    resources: needs('50m', '128Mi', '512Mi'),
    securityContext: restrictedContainer,
  };
}
