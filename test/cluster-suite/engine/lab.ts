import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openChannel } from '../../../src/cluster/channel.ts';
import { createClusterEngine } from '../../../src/cluster/engine.ts';
import type { ServiceConfig } from '../../../src/config/config.ts';
import { noLog } from '../../../src/log.ts';
import type { EngineLab } from '../../sandbox/engine-lab.ts';
import { applyYaml, rolledOut } from '../support/apply.ts';
import type { Cluster } from '../support/cluster.ts';
import { buildImage, isOnNode } from '../support/image.ts';
import { installSeatrial } from '../support/installation.ts';
import { scratchNamespace } from '../support/namespace.ts';
import { run } from '../support/process.ts';
import { dockerfile, manifests, server } from './services.ts';

const behaviours = ['v1', 'v2', 'v3', 'exits', 'mute'];
const names = ['front', 'back', 'store'];

/** One image per behaviour; the layers below are shared. */
export async function buildServices(cluster: Cluster): Promise<(behaviour: string) => string> {
  const content = createHash('sha256').update(server).update(dockerfile).digest('hex').slice(0, 8);
  const imageOf = (behaviour: string) => `engine-lab:${behaviour}-${content}`;
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-lab-'));
  try {
    writeFileSync(join(folder, 'server.mjs'), server);
    for (const behaviour of behaviours) {
      if (await isOnNode(cluster, imageOf(behaviour))) continue;
      // Not by build arguments: Buildah's cache takes equal lines for equal layers.
      writeFileSync(join(folder, 'Dockerfile'), dockerfile.replace('BEHAVIOUR=v1', `BEHAVIOUR=${behaviour}`));
      await buildImage(cluster, folder, imageOf(behaviour));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return imageOf;
}

function serviceOf(name: string, more: Partial<ServiceConfig> = {}): ServiceConfig {
  return {
    name,
    paths: [`${name}/**`],
    command: null,
    cwd: '.',
    setup: null,
    link: [],
    ready: { kind: 'tcp' },
    readySeconds: 30,
    stopSeconds: 5,
    env: {},
    shared: false,
    workload: null,
    container: null,
    sharedEffects: null,
    observe: true,
    ...more,
  };
}

export interface ClusterLab extends EngineLab {
  readonly namespace: string;
  readonly systemNamespace: string;
}

/** The three services of the contract in a namespace of their own, all enrolled, on an installation of their own. */
export async function clusterLab(cluster: Cluster, maxSandboxes = 3): Promise<ClusterLab> {
  const imageOf = await buildServices(cluster);
  const namespace = await scratchNamespace(cluster, 'engine');
  const installation = await installSeatrial(cluster, `${namespace.name}-system`, [namespace.name]);
  await applyYaml(cluster, manifests(names, imageOf('v1')), { namespace: namespace.name });
  await rolledOut(
    cluster,
    namespace.name,
    names.map((name) => `deployment/${name}`),
  );
  const main = join(import.meta.dirname, '../../../dist/src/main.js');
  await run([process.execPath, main, 'enroll', '--namespace', namespace.name, '--restart'], {
    env: cluster.env,
    seconds: 150,
  });
  const services = Object.fromEntries(
    names.map((name) => [name, serviceOf(name, { shared: name === 'store' })]),
  );
  const { kube } = cluster;
  const engine = await createClusterEngine(
    {
      kube,
      channel: openChannel({ kube, namespace: namespace.name, log: noLog }),
      context: 'test',
      namespace: namespace.name,
      baseline: { commit: 'c0ffee0000000000000000000000000000000000', from: 'HEAD', assumed: true },
      config: () => ({ services, maxSandboxes }),
      services: () => services,
      machine: 'lab',
      log: noLog,
    },
    AbortSignal.timeout(30_000),
  );
  const owner = { principal: 'os:test', repository: '/tmp/lab/.git', workingTree: '/tmp/lab' };
  const held = ['sandboxes.seatrial.dev', 'deployments', 'replicasets', 'pods', 'networkpolicies'].join(',');
  return {
    namespace: namespace.name,
    systemNamespace: installation.systemNamespace,
    engine,
    owner,
    stranger: { ...owner, principal: 'os:stranger' },
    maxSandboxes,
    shortLeaseSeconds: 15,
    revision: async (_, behaviour) => ({
      kind: 'image',
      image: imageOf(behaviour),
      digest: null,
      revision: null,
    }),
    async leftovers() {
      const own = ['-n', namespace.name, 'get'];
      const forks = await cluster.kubectl([...own, held, '-l', 'seatrial.dev/sandbox', '-o', 'name']);
      const sandboxes = await cluster.kubectl([...own, 'sandboxes.seatrial.dev', '-o', 'name']);
      return `${forks}\n${sandboxes}`.split('\n').filter((line) => line !== '');
    },
    async close() {
      await engine.close();
      await installation[Symbol.asyncDispose]();
      await namespace[Symbol.asyncDispose]();
    },
  };
}
