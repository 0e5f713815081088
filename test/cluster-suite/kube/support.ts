import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type Channel, openChannel } from '../../../src/cluster/channel.ts';
import { openKube } from '../../../src/kube/client.ts';
import type { KubeClient } from '../../../src/kube/connect.ts';
import { noLog } from '../../../src/log.ts';
import { applyYaml, rolledOut } from '../support/apply.ts';
import type { Cluster } from '../support/cluster.ts';
import { ownImage } from '../support/image.ts';

export const never = new AbortController().signal;

const gatewayProgram = `
import { openPodKube } from '/opt/seatrial/dist/src/kube/pod.js';
import { createLog } from '/opt/seatrial/dist/src/log.js';
import { runGateway } from '/opt/seatrial/dist/src/operator/gateway/gateway.js';
const end = new AbortController();
process.on('SIGTERM', () => end.abort());
await runGateway({
  kube: openPodKube({ env: process.env, userAgent: 'seatrial-gateway/test' }),
  namespace: process.env.POD_NAMESPACE,
  version: 'test',
  log: createLog((line) => process.stderr.write(line)),
}, end.signal);
process.exit(0);
`;

/** Two gateways with the rights they have, a Service to reach, and two routers that count one hop each. */
export async function applyLab(cluster: Cluster, namespace: string): Promise<void> {
  const image = await ownImage(cluster);
  const servers = await readFile(join(import.meta.dirname, 'servers.mjs'), 'utf8');
  const inNamespace = (object: object) => JSON.stringify(object);
  const scripts = { name: 'scripts', configMap: { name: 'scripts' } };
  const server = (role: string) => ({
    name: 'main',
    image,
    command: ['node', '/scripts/servers.mjs', role],
    env: [{ name: 'POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } }],
    readinessProbe: { tcpSocket: { port: role === 'echo' ? 8080 : 9900 }, periodSeconds: 1 },
    volumeMounts: [{ name: 'scripts', mountPath: '/scripts' }],
  });
  const deployment = (name: string, role: string, replicas: number, labels: Record<string, string>) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, annotations: { 'seatrial.dev/commit': 'c0ffee' } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, ...labels } },
        spec: { terminationGracePeriodSeconds: 1, containers: [server(role)], volumes: [scripts] },
      },
    },
  });
  const read = (groups: string, names: readonly string[]) => ({
    apiGroups: [groups],
    resources: names,
    verbs: ['get', 'list', 'watch'],
  });
  const objects = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'scripts' }, data: { 'servers.mjs': servers } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'gateway' } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'gateway' },
      rules: [
        read('', ['services', 'pods', 'persistentvolumeclaims']),
        read('apps', ['deployments', 'statefulsets']),
        { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'gateway' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'gateway' },
      subjects: [{ kind: 'ServiceAccount', name: 'gateway', namespace }],
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'seatrial-gateway' },
      spec: {
        replicas: 2,
        serviceName: 'seatrial-gateway',
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: { app: 'seatrial-gateway' } },
        template: {
          metadata: { labels: { app: 'seatrial-gateway', 'seatrial.dev/role': 'gateway' } },
          spec: {
            serviceAccountName: 'gateway',
            terminationGracePeriodSeconds: 15,
            containers: [
              {
                name: 'gateway',
                image,
                command: ['node', '--input-type=module', '-e', gatewayProgram],
                env: [{ name: 'POD_NAMESPACE', value: namespace }],
                readinessProbe: { httpGet: { path: '/readyz', port: 9901 }, periodSeconds: 1 },
                resources: { limits: { memory: '256Mi' } },
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'echo' },
      spec: {
        selector: { app: 'echo' },
        ports: [
          { name: 'tcp-count', port: 9000 },
          { name: 'tcp-last', port: 9001 },
          { name: 'tcp-reset', port: 9002 },
          { name: 'tcp-closed', port: 9003 },
          { name: 'http', port: 80, targetPort: 8080 },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'elsewhere' },
      spec: { type: 'ExternalName', externalName: 'example.org' },
    },
    deployment('echo', 'echo', 1, {}),
    deployment('router', 'router', 2, { 'seatrial.dev/role': 'router' }),
  ];
  await applyYaml(cluster, objects.map(inNamespace).join('\n---\n'), { namespace });
  await rolledOut(cluster, namespace, [
    'deployment/echo',
    'deployment/router',
    'statefulset/seatrial-gateway',
  ]);
}

export function kubeOf(cluster: Cluster): KubeClient {
  return openKube({ kubeconfig: { file: cluster.kubeconfig }, userAgent: 'seatrial-test/1' });
}

/** By way of a port of ours on 127.0.0.1, where given. */
export function kubeThrough(cluster: Cluster, port: number | null): KubeClient {
  const direct = kubeOf(cluster);
  if (port === null) return direct;
  const { hostname } = new URL(direct.server);
  direct.close();
  const config = parse(readFileSync(cluster.kubeconfig, 'utf8'));
  for (const { cluster: one } of config.clusters) {
    one.server = `https://127.0.0.1:${port}`;
    one['tls-server-name'] = hostname;
  }
  return kubeFrom(config);
}

/** A service account of the namespace named `agent`, with `rules` and nothing else; more come with a Role `agent`. */
export async function restrictedKube(
  cluster: Cluster,
  namespace: string,
  rules: readonly object[],
): Promise<KubeClient> {
  const group = 'rbac.authorization.k8s.io';
  const objects = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'agent' } },
    { apiVersion: `${group}/v1`, kind: 'Role', metadata: { name: 'agent' }, rules },
    {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'agent' },
      roleRef: { apiGroup: group, kind: 'Role', name: 'agent' },
      subjects: [{ kind: 'ServiceAccount', name: 'agent', namespace }],
    },
  ];
  await applyYaml(cluster, objects.map((object) => JSON.stringify(object)).join('\n---\n'), { namespace });
  const token = (await cluster.kubectl(['-n', namespace, 'create', 'token', 'agent'])).trim();
  const config = parse(readFileSync(cluster.kubeconfig, 'utf8'));
  for (const one of config.users) one.user = { token };
  return kubeFrom(config);
}

function kubeFrom(config: unknown): KubeClient {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-kubeconfig-'));
  const file = join(folder, 'config');
  writeFileSync(file, stringify(config), { mode: 0o600 });
  try {
    return openKube({ kubeconfig: { file }, userAgent: 'seatrial-test/1' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function channelTo(cluster: Cluster, namespace: string): Channel & AsyncDisposable {
  const kube = kubeOf(cluster);
  const channel = openChannel({ kube, namespace, log: noLog });
  return {
    ...channel,
    async [Symbol.asyncDispose]() {
      await channel.close();
      kube.close();
    },
  };
}
