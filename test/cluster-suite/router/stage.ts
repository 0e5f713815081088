import { z } from 'zod';
import { forkHash } from '../../../src/operator/fork/names.ts';
import { routerDeployment } from '../../../src/operator/install/router.ts';
import { routerRules } from '../../../src/operator/install/rules.ts';
import { mintKey } from '../../../src/routing/key.ts';
import { applyCrd, rolledOut } from '../support/apply.ts';
import type { Cluster } from '../support/cluster.ts';
import { ownImage } from '../support/image.ts';
import { caller, deployment, service, type Workload } from '../support/workload.ts';

/** A namespace with an enrolled Service, made by hand: two routers, a baseline, a shadow. No controller. */
export interface RouterStage {
  readonly image: string;
  /** Pods of the router that are Ready, by name. */
  routers(): Promise<ReadonlyMap<string, string>>;
  /** Makes a sandbox that forks `pricing`; resolves when every router routes to it and saw its canary. */
  sandbox(name: string): Promise<{ key: string; pod: string }>;
  /** What the agent of one router, by address, answers. */
  ask(address: string, path: string): Promise<unknown>;
  apply(object: object): Promise<void>;
  /** Runs a script of Node where Services are in reach; it gets the address of the Service in ADDRESS. */
  script(code: string, env?: Readonly<Record<string, string>>): Promise<string>;
  readonly address: string;
}

const serve = (name: string) =>
  `require('http').createServer((q,r)=>{if(q.url.startsWith('/slow'))setTimeout(()=>r.end('${name}'),300);else r.end('${name}')}).listen(8080)`;

const security = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  runAsUser: 65_532,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

function serving(workload: Workload, says: string): object {
  return deployment({
    ...workload,
    command: ['node', '-e', serve(says)],
    container: { securityContext: security },
  });
}

export async function openStage(cluster: Cluster, namespace: string): Promise<RouterStage> {
  const image = await ownImage(cluster);
  const apply = async (object: object) => {
    await cluster.kubectl(['-n', namespace, 'apply', '-f', '-'], { input: JSON.stringify(object) });
  };
  // Without it the routers never have the whole table.
  await applyCrd(cluster);
  const metadata = { name: 'seatrial-router' };
  const rules = routerRules.map(({ group, resources, verbs }) => ({ apiGroups: [group], resources, verbs }));
  const rbac = 'rbac.authorization.k8s.io';
  await apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  await apply({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules });
  await apply({
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: rbac, kind: 'Role', name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', name: metadata.name, namespace }],
  });
  await apply(serving({ name: 'pricing', image }, 'baseline'));
  const routes = JSON.stringify([{ port: 80, routerPort: 20_000, protocol: 'http' }]);
  await apply(
    service('pricing-seatrial', { app: 'pricing' }, 'web', {
      labels: { 'seatrial.dev/role': 'shadow', 'seatrial.dev/service': 'pricing' },
      annotations: { 'seatrial.dev/routes': routes },
    }),
  );
  await apply(routerDeployment({ systemNamespace: 'none', image, namespaces: null }, namespace));
  await apply(service('pricing', { 'app.kubernetes.io/name': 'seatrial-router' }, 20_000));
  await apply(caller(image, { securityContext: security }));
  await rolledOut(cluster, namespace, ['deployment/pricing', 'deployment/seatrial-router']);
  await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'pod/caller', '--timeout=60s']);
  const read = async (...args: string[]): Promise<unknown> =>
    JSON.parse(await cluster.kubectl(['-n', namespace, 'get', ...args, '-o', 'json']));
  const { spec } = z
    .object({ spec: z.object({ clusterIP: z.string() }) })
    .parse(await read('service', 'pricing'));
  const script = (code: string, env: Readonly<Record<string, string>> = {}) => {
    const variables = Object.entries({ ...env, ADDRESS: spec.clusterIP }).map((pair) => pair.join('='));
    return cluster.kubectl([
      '-n',
      namespace,
      'exec',
      'caller',
      '--',
      'env',
      ...variables,
      'node',
      '-e',
      code,
    ]);
  };
  const ask = async (address: string, path: string): Promise<unknown> =>
    JSON.parse(
      await script(`fetch('http://${address}:9900${path}').then(r=>r.text()).then(t=>console.log(t))`),
    );
  const routers = async () => {
    const { items } = podList.parse(await read('pods', '-l', 'app.kubernetes.io/name=seatrial-router'));
    const ready = items.filter(
      ({ metadata: { deletionTimestamp }, status }) =>
        deletionTimestamp === undefined &&
        status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'),
    );
    return new Map(ready.map(({ metadata: { name }, status }) => [name, status.podIP ?? '']));
  };
  return {
    image,
    address: spec.clusterIP,
    apply,
    ask,
    script,
    routers,
    sandbox: async (name) => {
      const key = mintKey();
      const labels = { 'seatrial.dev/sandbox': name, 'seatrial.dev/service': 'pricing' };
      const fork = { service: 'pricing', source: { image } };
      await apply({
        apiVersion: 'seatrial.dev/v1alpha1',
        kind: 'Sandbox',
        metadata: { name },
        spec: {
          owner: { principal: 'test', repository: 'shop', workingTree: 'shop' },
          lease: { durationSeconds: 600, maxSeconds: 6000 },
          forks: [fork],
        },
      });
      const status = JSON.stringify({ status: { routingKey: key, phase: 'Provisioning' } });
      await cluster.kubectl([
        '-n',
        namespace,
        'patch',
        'sandbox',
        name,
        '--subresource=status',
        '--type=merge',
        '-p',
        status,
      ]);
      const made = { 'seatrial.dev/fork': forkHash(fork) };
      await apply(serving({ name: `${name}-pricing`, image, labels, podAnnotations: made }, `fork ${name}`));
      for (const address of (await routers()).values()) {
        let after = 0;
        for (;;) {
          const query = `/v1/routes?sandbox=${name}&after=${after}&wait=30000`;
          const answer = routesAnswer.parse(await ask(address, query));
          if (answer.forks[0]?.canary === 'seen') break;
          after = answer.version;
        }
      }
      const { items } = podList.parse(await read('pods', '-l', `seatrial.dev/sandbox=${name}`));
      return { key, pod: items[0]?.metadata.name ?? '' };
    },
  };
}

const podList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
      status: z.object({
        podIP: z.string().optional(),
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).optional(),
      }),
    }),
  ),
});
const routesAnswer = z.object({
  version: z.number(),
  forks: z.array(z.object({ state: z.string(), canary: z.string() })),
});
