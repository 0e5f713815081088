import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeError } from '../../../kube/api.ts';
import { type KubeOptions, openKube } from '../../../kube/client.ts';
import type { KubeClient } from '../../../kube/connect.ts';
import type { Surroundings } from '../../../tool/surroundings.ts';
import { clusterError } from '../../cluster/connect.ts';
import type { Fault } from '../fault.ts';
import type { Stage } from '../play.ts';
import type { Scratch } from '../scratch.ts';
import type { Story } from '../story.ts';
import { runCommand } from './command.ts';
import { buildShop, deployShop, imageName, stages } from './deploy.ts';
import { chooseImages, type Images } from './images.ts';
import { createNamespace, removeNamespace } from './objects.ts';
import { findInstallation, hasCrd, systemImage } from './system.ts';

export interface ClusterOptions {
  readonly packageRoot: string;
  readonly surroundings: Surroundings;
  readonly story: Story;
  readonly loadCommand: string | null;
  readonly registry: string | null;
  readonly signal: AbortSignal;
}

/** The shop in a namespace of its own, on the cluster of the current kubeconfig. */
export interface ClusterStage {
  /** Names context and namespace in the shop's seatrial.yaml. */
  prepare(folder: string): Promise<void>;
  /** Installs Seatrial where it is not, and deploys the shop. */
  open(scratch: Scratch): Promise<Stage>;
  /** Takes all of it away: what is left, one line each. Call it whatever happened; the second call does nothing. */
  close(): Promise<readonly string[]>;
}

const gone = 120;

export function clusterStage(options: ClusterOptions): ClusterStage {
  const { surroundings, packageRoot, story, signal } = options;
  const { env, version } = surroundings;
  const named = (env.KUBECONFIG ?? '').split(delimiter).find((file) => file !== '');
  const kubeconfig = named ?? join(env.HOME ?? homedir(), '.kube', 'config');
  const kube = connect({
    kubeconfig: { file: env.KUBECONFIG || kubeconfig },
    userAgent: `seatrial-demo/${version}`,
  });
  const images = chooseImages({
    ...options,
    env,
    kubeconfig,
    context: kube.context,
  });
  const id = randomBytes(3).toString('hex');
  const namespace = `seatrial-demo-${id}`;
  const system = `seatrial-demo-${id}-system`;
  const seatrial = (...args: string[]) =>
    runCommand([surroundings.entry.execPath, surroundings.entry.main, ...args], {
      env,
      // What takes things away is not stopped by what stopped the story.
      signal: args[0] === 'uninstall' ? new AbortController().signal : signal,
      seconds: 300,
    });
  const undo: (() => Promise<string | null>)[] = [];

  const install = async (scratch: Scratch): Promise<void> => {
    const found = await findInstallation(kube, namespace, signal);
    if (found !== null) return story.good(`Seatrial is installed in ${found}; it stays as it is.`);
    const image = images.prefix + (await systemImage(packageRoot));
    const context = join(scratch.folder, 'image');
    await seatrial('install', '--build-context', context);
    await images.build(context, image, null);
    const keepCrd = (await hasCrd(kube, signal)) ? ['--keep-crd'] : [];
    undo.push(async () => {
      const done = await seatrial('uninstall', '--system-namespace', system, '--force', ...keepCrd).catch(
        textOf,
      );
      return typeof done === 'string' ? null : done.message;
    });
    await seatrial('install', '--image', image, '--system-namespace', system, '--namespaces', namespace);
    story.good(`Seatrial was not there: installed into ${system}, and taken away at the end.`);
  };

  return {
    async prepare(folder) {
      const file = join(folder, 'seatrial.yaml');
      const text = await readFile(file, 'utf8');
      const target = JSON.stringify({ context: kube.context, namespace });
      await writeFile(
        file,
        text.replace(/^kubernetes: .*$/m, () => `kubernetes: ${target}`),
      );
    },
    async open(scratch) {
      story.scene(`A cluster: ${kube.context}, Kubernetes ${await kube.version(signal)}`);
      undo.push(() => removed(kube, namespace));
      await createNamespace(kube, namespace, {}, signal);
      story.line(`Images come by ${images.how}; the first time takes minutes.`);
      await install(scratch);
      const commit = await scratch.git('rev-parse', 'HEAD');
      const revision = await content(scratch);
      await buildShop(images, scratch.shop, revision);
      await deployShop(
        kube,
        { namespace, tree: scratch.shop, revision, commit, prefix: images.prefix },
        signal,
      );
      story.good(`The shop runs in ${namespace}: five services in three languages, and PostgreSQL.`);
      await seatrial('enroll', '--namespace', namespace, ...Object.keys(stages));
      story.good(
        'Its Services are enrolled: requests with a key may go another way, all others go as before.',
      );
      return agentStage(scratch, images, story);
    },
    async close() {
      const left: string[] = [];
      for (const step of undo.splice(0).reverse()) {
        const line = await step();
        if (line !== null) left.push(line);
      }
      kube.close();
      return left;
    },
  };
}

function connect(options: KubeOptions): KubeClient {
  try {
    return openKube(options);
  } catch (error) {
    throw error instanceof KubeError ? clusterError(error) : error;
  }
}

/** Names what images are made of, and not the namespace in seatrial.yaml: what a cluster has already is not built again. */
async function content(scratch: Scratch): Promise<string> {
  const parts = ['Dockerfile', 'database', 'lib', 'services'].map((path) => `HEAD:${path}`);
  return createHash('sha256')
    .update(await scratch.git('rev-parse', ...parts))
    .digest('hex');
}

async function removed(kube: KubeClient, namespace: string): Promise<string | null> {
  const done = await removeNamespace(kube, namespace, gone, new AbortController().signal).catch(() => false);
  return done ? null : `namespace ${namespace}`;
}

/** What the agent does on Kubernetes before it provisions: it commits, and makes an image of the changed service. */
function agentStage(scratch: Scratch, images: Images, story: Story): Stage {
  return {
    lease: '10m',
    async changes(fault: Fault) {
      await scratch.git('commit', '--quiet', '--all', `--message=${fault.task}`);
      const revision = await scratch.git('rev-parse', 'HEAD^{tree}');
      const stage = stages[fault.service as keyof typeof stages];
      const image = images.prefix + imageName(stage, await content(scratch));
      story.scene('The agent builds an image of what it changed.');
      const from = Date.now();
      await images.build(scratch.shop, image, stage);
      story.good(`${image} in ${((Date.now() - from) / 1000).toFixed(1)} s, by ${images.how}`);
      return { changes: [{ service: fault.service, image, revision }] };
    },
  };
}

function textOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
