import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineLab } from '../../sandbox/engine-lab.ts';
import { applyYaml, rolledOut } from '../support/apply.ts';
import type { Cluster } from '../support/cluster.ts';
import { openEngine, serviceOf } from '../support/engine.ts';
import { buildImage } from '../support/image.ts';
import { installSeatrial, seatrial } from '../support/installation.ts';
import { scratchNamespace } from '../support/namespace.ts';
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
      // Not by build arguments: Buildah's cache takes equal lines for equal layers.
      writeFileSync(join(folder, 'Dockerfile'), dockerfile.replace('BEHAVIOUR=v1', `BEHAVIOUR=${behaviour}`));
      await buildImage(cluster, folder, imageOf(behaviour));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return imageOf;
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
  const enrolled = await seatrial(cluster, ['enroll', '--namespace', namespace.name, '--restart']);
  if (enrolled.code !== 0) throw new Error(`not enrolled: ${enrolled.stderr}${enrolled.stdout}`);
  // Its pods end at once: until the node's proxy knows that, a request may go to one that is not there any more.
  await sleep(3_000);
  const services = names.map((name) => serviceOf(name, { shared: name === 'store' }));
  const engine = await openEngine(
    cluster.kube,
    namespace.name,
    { services, maxSandboxes },
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
