import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '../src/kube/objects.ts';
import { resources as kinds } from '../src/kube/resources.ts';
import { shadowName } from '../src/operator/enrolment/names.ts';
import { mintKey } from '../src/routing/key.ts';
import { labels, objectNames, ports } from '../src/sandbox/cluster-names.ts';
import { applyYaml, rolledOut } from '../test/cluster-suite/support/apply.ts';
import { type Cluster, openCluster } from '../test/cluster-suite/support/cluster.ts';
import { openEngine, serviceOf } from '../test/cluster-suite/support/engine.ts';
import { buildImage } from '../test/cluster-suite/support/image.ts';
import { installSeatrial, seatrial } from '../test/cluster-suite/support/installation.ts';
import { scratchNamespace } from '../test/cluster-suite/support/namespace.ts';
import { caller, deployment, listOf, service } from '../test/cluster-suite/support/workload.ts';
import { cpuSecondsIn, type Load, type LoadOptions, readWrk, wrkArgs } from './wrk.ts';

/** An enrolled Service whose pods answer quicker than what is measured, one sandbox that forks it, and a pod with `wrk`. */
export interface ServiceStage {
  /** By the way to the service: `direct` is the Service as it was before its enrolment, by its shadow. */
  readonly urls: Readonly<Record<'direct' | 'bare' | 'enrolled', string>>;
  readonly key: string;
  load(options: LoadOptions): Promise<Load>;
  /** What HAProxy took so far: the bare one, or the routers of the namespace together. */
  cpuSeconds(of: 'bare' | 'enrolled'): Promise<number>;
  /** Makes `count` keys known to the routers, beside the sandbox's. Resolves when each router has loaded them all. */
  addKeys(count: number): Promise<void>;
  close(): Promise<void>;
}

const dockerfile = `FROM debian:bookworm-slim
RUN apt-get update \\
 && apt-get install -y --no-install-recommends haproxy wrk \\
 && rm -rf /var/lib/apt/lists/*
USER 65532
`;
const image = 'seatrial-bench:haproxy-wrk-1';
/** Of a namespace, and so of what they are measured against. */
const routers = 2;
const plain = `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 1m
  timeout server 1m
`;
const answers = `${plain}frontend service
  bind :8080
  http-request return status 200 content-type application/json string '{"id":"mug","price":1250}'
`;

function haproxy(name: string, config: string, replicas: number): object {
  const command = ['sh', '-c', 'printf %s "$CONFIG" >/tmp/haproxy.cfg; exec haproxy -db -f /tmp/haproxy.cfg'];
  const env = [{ name: 'CONFIG', value: config }];
  return deployment({ name, image, command, replicas, env, container: { resources } });
}

/** As the routers ask for: of pods that ask for nothing, busy ones get next to no processor beside those that do. */
const resources = { requests: { cpu: '50m', memory: '32Mi' } };

export async function openServiceStage(): Promise<ServiceStage> {
  const cluster = await openCluster();
  await buildBenchImage(cluster);
  const { name: namespace, ...scratch } = await scratchNamespace(cluster, 'bench');
  const installation = await installSeatrial(cluster, `${namespace}-system`, [namespace]);
  const within = () => AbortSignal.timeout(120_000);
  const apply = (...objects: readonly object[]) => applyYaml(cluster, listOf(objects), { namespace });
  await apply(haproxy('pricing', answers, 1), service('pricing'), caller(image, { resources }));
  await rolledOut(cluster, namespace, ['deployment/pricing']);
  const enrolled = await seatrial(cluster, ['enroll', '--namespace', namespace]);
  if (enrolled.code !== 0) throw new Error(`not enrolled: ${enrolled.stderr}${enrolled.stdout}`);
  const addressOf = async (name: string) => {
    const found = await cluster.kube.get<Service>({ resource: kinds.services, namespace, name }, within());
    if (found?.spec.clusterIP === undefined) throw new Error(`${name} has no address`);
    return found.spec.clusterIP;
  };
  const shadow = await addressOf(shadowName('pricing'));
  const proxy = `${plain}frontend f\n  bind :8080\n  default_backend b\nbackend b\n  server s ${shadow}:80\n`;
  await apply(haproxy('bare', proxy, routers), service('bare'));
  await rolledOut(cluster, namespace, ['deployment/bare']);
  await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'pod/caller', '--timeout=60s']);

  const services = [serviceOf('pricing')];
  const engine = await openEngine(cluster.kube, namespace, { services, maxSandboxes: 1 }, within());
  const owner = { principal: 'os:bench', repository: '/bench/.git', workingTree: '/bench' };
  const revision = { kind: 'image', image, digest: null, revision: null } as const;
  const forks = [{ service: 'pricing', revision, env: {} }];
  let view = await engine.provision({ name: 'one', owner, leaseSeconds: 3600, forks }, within());
  for await (view of engine.watch('one', within())) if (view.state !== 'provisioning') break;
  if (view.state !== 'ready' || view.routingKey === null) throw new Error(`the sandbox is ${view.state}`);

  const exec = (pod: string, container: string, ...command: readonly string[]) =>
    cluster.kubectl(['-n', namespace, 'exec', pod, '-c', container, '--', ...command]);
  const podsOf = async (selector: string) => {
    const path = 'jsonpath={range .items[*]}{.metadata.name} {.status.podIP}{"\\n"}{end}';
    const text = await cluster.kubectl(['-n', namespace, 'get', 'pods', '-l', selector, '-o', path]);
    return text.split('\n').flatMap((line) => {
      const [name = '', address = ''] = line.split(' ');
      return name === '' ? [] : [{ name, address }];
    });
  };
  const measured = { bare: await podsOf('app=bare'), enrolled: await podsOf(`${labels.role}=router`) };
  return {
    // With its port: the image has no /etc/services.
    urls: {
      direct: `http://${shadow}:80/items/mug`,
      bare: `http://${await addressOf('bare')}:80/items/mug`,
      enrolled: `http://${await addressOf('pricing')}:80/items/mug`,
    },
    key: view.routingKey,
    load: async (options) => readWrk(await exec('caller', 'caller', 'wrk', ...wrkArgs(options))),
    cpuSeconds: async (of) => {
      const container = of === 'bare' ? 'app' : 'haproxy';
      const stats = await Promise.all(
        measured[of].map(({ name }) => exec(name, container, 'cat', '/proc/1/stat')),
      );
      return stats.reduce((sum, stat) => sum + cpuSecondsIn(stat), 0);
    },
    addKeys: async (count) => {
      const until = new Date(Date.now() + 3_600_000).toISOString();
      const keys = Array.from({ length: count }, mintKey);
      const line = JSON.stringify({ sandbox: 'gone', services: ['pricing'], reason: 'torn-down', until });
      const metadata = { name: objectNames.tombstones, labels: { [labels.role]: 'tombstones' } };
      await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
      // In parts: one patch with all of them is larger than what a request may hold on some clusters.
      const ref = { resource: kinds.configMaps, namespace, name: objectNames.tombstones };
      for (let at = 0; at < count; at += 1000) {
        const data = Object.fromEntries(keys.slice(at, at + 1000).map((key) => [key, line]));
        await cluster.kube.patch(ref, { kind: 'merge', body: { data } }, within());
      }
      await loadedEverywhere(measured.enrolled, keys, (pod, url) =>
        exec(
          pod,
          'agent',
          'node',
          '-e',
          `fetch('${url}').then(r=>r.text()).then(t=>process.stdout.write(t))`,
        ),
      );
    },
    close: async () => {
      await engine.teardown('one', within());
      await engine.close();
      await installation[Symbol.asyncDispose]();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

async function buildBenchImage(cluster: Cluster): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-bench-'));
  try {
    writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    await buildImage(cluster, folder, image);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A sample of the keys is asked for: the table is loaded as a whole. */
async function loadedEverywhere(
  routers: readonly { readonly name: string; readonly address: string }[],
  keys: readonly string[],
  ask: (pod: string, url: string) => Promise<string>,
): Promise<void> {
  const sample = keys.filter((_, at) => at % 500 === 499);
  for (const { name, address } of routers) {
    for (const key of sample) {
      const url = `http://${address}:${ports.routerAgent}/v1/tombstones?key=${key}`;
      for (let tries = 0; !(await ask(name, url)).includes('"loaded":true'); tries += 1) {
        if (tries === 100) throw new Error(`${name} does not load the keys`);
        await sleep(200);
      }
    }
  }
}
