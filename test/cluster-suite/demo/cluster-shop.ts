import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { imageName } from '../../../src/cli/demo/cluster/deploy.ts';
import type { Images } from '../../../src/cli/demo/cluster/images.ts';
import { type RunningShop, shopConfig } from '../../shop/start-shop.ts';
import { applyYaml, rolledOut } from '../support/apply.ts';
import type { Cluster } from '../support/cluster.ts';
import { type Forward, forwardPort } from '../support/forward.ts';
import { buildImage } from '../support/image.ts';

const services = Object.keys(shopConfig.services);

/** The harness's way to build images, as the demo asks for it. */
export function suiteImages(cluster: Cluster): Images {
  return {
    how: 'the harness',
    prefix: '',
    async build(folder, tag, target) {
      await buildImage(cluster, folder, tag, target === null ? [] : ['--target', target]);
    },
  };
}

/** Puts a counter before each service of a deployed shop, and gives its ports on this machine. */
export async function countShop(
  cluster: Cluster,
  namespace: string,
  revision: string,
): Promise<RunningShop & AsyncDisposable> {
  const script = readFileSync(join(import.meta.dirname, 'counter.mjs'), 'utf8');
  const objects = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'counter' }, data: { 'counter.mjs': script } },
    counterPod(imageName('node', revision)),
    ...services.flatMap((name, index) => [
      service(`${name}-real`, { app: name }, 'http'),
      service(name, { app: 'counter' }, 9001 + index),
    ]),
  ];
  await applyYaml(cluster, objects.map((object) => JSON.stringify(object)).join('\n---\n'), {
    namespace,
    fieldManager: 'seatrial-demo',
  });
  await rolledOut(cluster, namespace, ['deployment/counter']);
  const name = (
    await cluster.kubectl(['-n', namespace, 'get', 'pods', '-l', 'app=counter', '-o', 'name'])
  ).replace('pod/', '');
  const pod = { namespace, name: name.trim() };
  const forwards: Forward[] = [];
  const forward = async (port: number) => {
    const opened = await forwardPort(cluster, pod, port);
    forwards.push(opened);
    return opened.origin;
  };
  const origins: Record<string, string> = {};
  for (const [index, each] of services.entries()) origins[each] = await forward(9001 + index);
  const admin = await forward(9000);
  await settled(origins);
  return {
    origins,
    async calls(baggage) {
      const answer = await fetch(`${admin}/?baggage=${encodeURIComponent(baggage)}`);
      return (await answer.json()) as Record<string, number>;
    },
    async [Symbol.asyncDispose]() {
      for (const each of forwards) await each[Symbol.asyncDispose]();
    },
  };
}

/** The node learns of a Service in its own time, up to seconds after the API; until then its callers are refused. */
async function settled(origins: Readonly<Record<string, string>>): Promise<void> {
  const asked = [
    ...services.map((name) => `${origins[name]}/healthz`),
    // Over the Services of its neighbours.
    `${origins.storefront}/products/mug`,
  ];
  const until = performance.now() + 60_000;
  const answers = (url: string) =>
    fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  for (const url of asked) {
    while (!(await answers(url))) {
      if (performance.now() > until) throw new Error(`${url} does not answer`);
      await sleep(200);
    }
  }
}

function service(name: string, selector: Record<string, string>, targetPort: number | string) {
  const spec = { selector, ports: [{ name: 'http', port: 80, targetPort }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}

function counterPod(image: string) {
  const labels = { app: 'counter' };
  const container = {
    name: 'counter',
    image,
    imagePullPolicy: 'IfNotPresent',
    args: ['/counter/counter.mjs'],
    env: [{ name: 'SERVICES', value: services.join(',') }],
    readinessProbe: { tcpSocket: { port: 9000 }, periodSeconds: 1 },
    volumeMounts: [{ name: 'script', mountPath: '/counter' }],
  };
  const spec = { containers: [container], volumes: [{ name: 'script', configMap: { name: 'counter' } }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'counter' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}
