import type { Deployment, Pod, Service } from '../../../src/kube/objects.ts';
import type { ResourceFork } from '../../../src/sandbox/resource.ts';

export const image = 'registry.example/pricing:pr-42';
export const fork: ResourceFork = { service: 'pricing', source: { image } };
export const owner = {
  name: 'pr-42',
  namespace: 'shop',
  uid: '11111111-2222-3333-4444-555555555555',
  routingKey: 'abcdefghij0123456789',
};

export function service(name: string, spec: Partial<Service['spec']> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.0.0.1',
      selector: { app: name },
      ports: [{ name: 'http', port: 80, targetPort: 'web' }],
      ...spec,
    },
  };
}

export function deployment(name: string, spec: Readonly<Record<string, unknown>> = {}): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [{ name: 'app', image: 'pricing:1', ports: [{ name: 'web', containerPort: 8080 }] }],
          ...spec,
        },
      },
    },
  };
}

/** Much of what real Deployments have. */
export function richDeployment(): Deployment {
  const self = { matchLabels: { app: 'pricing' } };
  const base = deployment('pricing', {
    initContainers: [
      { name: 'prepare', image: 'pricing:1', command: ['true'], env: [{ name: 'STEP', value: 'prepare' }] },
      {
        name: 'proxy',
        image: 'proxy:3',
        restartPolicy: 'Always',
        ports: [{ name: 'admin', containerPort: 15000 }],
      },
    ],
    containers: [
      { name: 'agent', image: 'agent:7', ports: [{ name: 'metrics', containerPort: 9102 }] },
      {
        name: 'app',
        image: 'pricing:1',
        imagePullPolicy: 'IfNotPresent',
        command: ['node', 'server.mjs'],
        ports: [{ name: 'web', containerPort: 8080 }],
        env: [
          { name: 'MODE', value: 'live' },
          { name: 'URL', value: 'http://tax/$(MODE)' },
          { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
          { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
          { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        ],
        envFrom: [{ configMapRef: { name: 'pricing' } }],
        readinessProbe: { httpGet: { path: '/', port: 'web' } },
        securityContext: { readOnlyRootFilesystem: true },
        resources: { limits: { memory: '64Mi' } },
      },
    ],
    volumes: [
      { name: 'config', configMap: { name: 'pricing' } },
      {
        name: 'info',
        downwardAPI: { items: [{ path: 'app', fieldRef: { fieldPath: "metadata.labels['app']" } }] },
      },
      {
        name: 'all',
        projected: {
          sources: [
            { secret: { name: 'db' } },
            {
              downwardAPI: {
                items: [{ path: 'tier', fieldRef: { fieldPath: "metadata.labels['shop.example/tier']" } }],
              },
            },
          ],
        },
      },
      { name: 'scratch', emptyDir: {} },
    ],
    affinity: {
      nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] },
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: self, topologyKey: 'kubernetes.io/hostname' },
          { labelSelector: { matchLabels: { app: 'noisy' } }, topologyKey: 'kubernetes.io/hostname' },
        ],
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, podAffinityTerm: { labelSelector: self, topologyKey: 'zone' } },
        ],
      },
    },
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: self },
    ],
    tolerations: [{ key: 'team', operator: 'Exists' }],
    priorityClassName: 'high',
    imagePullSecrets: [{ name: 'registry' }],
    serviceAccountName: 'pricing',
    terminationGracePeriodSeconds: 300,
  });
  return {
    ...base,
    metadata: {
      ...base.metadata,
      annotations: {
        'deployment.kubernetes.io/revision': '4',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
      },
    },
    spec: {
      ...base.spec,
      template: {
        ...base.spec.template,
        metadata: {
          labels: { app: 'pricing', 'shop.example/tier': 'back', 'azure.workload.identity/use': 'true' },
          annotations: {
            'kubectl.kubernetes.io/restartedAt': 'yesterday',
            'checksum/config': 'abc',
            'prometheus.io/scrape': 'true',
            'vault.hashicorp.com/agent-inject': 'true',
          },
        },
      },
    },
  };
}

export function pod(status: Pod['status'], more: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'fork-1',
      namespace: 'shop',
      uid: 'p1',
      creationTimestamp: '2026-11-22T20:00:00Z',
      ...more,
    },
    spec: { containers: [{ name: 'app', image }] },
    ...(status === undefined ? {} : { status }),
  };
}
