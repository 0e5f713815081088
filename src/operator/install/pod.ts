import { type objectNames, ports } from '../../sandbox/cluster-names.ts';

/** What all our pods and containers share: the restricted Pod Security Standard, and a root that is not written to. */
export const restrictedPod = {
  runAsNonRoot: true,
  runAsUser: 65_532,
  runAsGroup: 65_532,
  fsGroup: 65_532,
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} as const;

export function fromField(name: string, fieldPath: string) {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

export const podEnv = [
  fromField('POD_NAME', 'metadata.name'),
  fromField('POD_NAMESPACE', 'metadata.namespace'),
  fromField('POD_IP', 'status.podIP'),
] as const;

export function probes(port: number) {
  return {
    readinessProbe: {
      httpGet: { path: '/readyz', port },
      periodSeconds: 2,
      timeoutSeconds: 2,
      failureThreshold: 2,
    },
    livenessProbe: {
      httpGet: { path: '/livez', port },
      initialDelaySeconds: 20,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
  } as const;
}

export function needs(cpu: string, memory: string, memoryLimit: string) {
  // No limit on cpu: throttling would show as latency in the user's own services.
  return { requests: { cpu, memory }, limits: { memory: memoryLimit } } as const;
}

/** On different nodes where there are some; on one node both run there. */
export function spread(matchLabels: Readonly<Record<string, string>>) {
  return {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels } },
        },
      ],
    },
  } as const;
}

export const healthPort = { name: 'health', containerPort: ports.health } as const;

export const appLabel = 'app.kubernetes.io/name';

export function appOf(name: (typeof objectNames)['router' | 'gateway' | 'controller']) {
  return { [appLabel]: name } as const;
}
