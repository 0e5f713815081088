import { haproxyEnvironment } from '../../routing/haproxy/config.ts';
import { objectNames, ports } from '../../sandbox/cluster-names.ts';
import { type Installation, type Manifest, ourLabels } from './manifest.ts';
import { appOf, needs, podEnv, probes, restrictedContainer, restrictedPod, spread } from './pod.ts';

const name = objectNames.router;
export const haproxyContainerName = 'haproxy';
const runFolder = '/run/seatrial';

/** On the pods of the router, and what an enrolled Service selects. */
export const routerSelector = appOf(name);

/**
 * The router of one namespace. The agent is a native sidecar: it is there before HAProxy, to take its log, and ends
 * after it, so that what HAProxy still serves while it drains is counted.
 */
export function routerDeployment(installation: Installation, namespace: string): Manifest {
  const { systemNamespace } = installation;
  const metadata = { name, namespace, labels: ourLabels(systemNamespace, 'router') };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: 2,
      selector: { matchLabels: routerSelector },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { ...metadata.labels, ...routerSelector } },
        spec: {
          serviceAccountName: name,
          securityContext: restrictedPod,
          affinity: spread(routerSelector),
          terminationGracePeriodSeconds: 60,
          volumes: [{ name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } }],
          initContainers: [configContainer(installation), agentContainer(installation)],
          containers: [haproxyContainer(installation)],
        },
      },
    },
  };
}

function common({ image }: Installation) {
  return {
    image,
    imagePullPolicy: 'IfNotPresent',
    securityContext: restrictedContainer,
    volumeMounts: [{ name: 'run', mountPath: runFolder }],
  } as const;
}

function configContainer(installation: Installation) {
  return {
    ...common(installation),
    name: 'config',
    args: ['operator', 'router-config'],
    env: podEnv,
    resources: needs('10m', '64Mi', '256Mi'),
  };
}

function agentContainer(installation: Installation) {
  return {
    ...common(installation),
    name: 'agent',
    restartPolicy: 'Always',
    args: ['operator', 'router'],
    env: podEnv,
    ports: [{ name: 'agent', containerPort: ports.routerAgent }],
    ...probes(ports.routerAgent),
    resources: needs('20m', '96Mi', '384Mi'),
  };
}

function haproxyContainer(installation: Installation) {
  return {
    ...common(installation),
    name: haproxyContainerName,
    command: ['haproxy', '-db', '-f', `${runFolder}/haproxy.cfg`],
    env: Object.entries(haproxyEnvironment).map(([key, value]) => ({ name: key, value })),
    // First out of the endpoints, then no new connections, then the end of those that are there.
    // The file tells the agent: answers carry `Connection: close` from then on.
    lifecycle: {
      preStop: {
        exec: { command: ['sh', '-c', `touch ${runFolder}/draining; sleep 15; kill -USR1 1; sleep 40`] },
      },
    },
    resources: needs('50m', '32Mi', '512Mi'),
  };
}
