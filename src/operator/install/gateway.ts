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

const name = objectNames.gateway;

/** A StatefulSet, so that a Role can name its pods, and the headless Service that it needs. */
export function gatewayObjects(installation: Installation, namespace: string): readonly Manifest[] {
  const { systemNamespace, image } = installation;
  const matchLabels = appOf(name);
  const metadata = { name, namespace, labels: ourLabels(systemNamespace, 'gateway') };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        clusterIP: 'None',
        selector: matchLabels,
        ports: [{ name: 'health', port: healthPort.containerPort }],
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata,
      spec: {
        replicas: 2,
        serviceName: name,
        podManagementPolicy: 'Parallel',
        selector: { matchLabels },
        template: {
          metadata: { labels: { ...metadata.labels, ...matchLabels } },
          spec: {
            serviceAccountName: name,
            securityContext: restrictedPod,
            affinity: spread(matchLabels),
            terminationGracePeriodSeconds: 15,
            containers: [
              {
                name: 'gateway',
                image,
                imagePullPolicy: 'IfNotPresent',
                args: ['operator', 'gateway'],
                env: podEnv,
                ports: [healthPort],
                ...probes(healthPort.containerPort),
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
