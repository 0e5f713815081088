import { createHash } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { run } from './process.ts';

const root = join(import.meta.dirname, '../../..');
const clusterScripts = join(import.meta.dirname, '../../cluster');

/**
 * Builds the Dockerfile in `folder` and brings the image to the cluster's nodes, once for a tag: it has to say what is
 * in the image. Buildah where `cluster:up` made the cluster without Docker, Docker and `kind load` on kind, else the
 * command in SEATRIAL_LOAD_COMMAND, which gets folder and tag as its last two arguments. `flags` go to the build
 * (`--build-arg`, `--target`, `--file`).
 */
export async function buildImage(
  cluster: Cluster,
  folder: string,
  tag: string,
  flags: readonly string[] = [],
): Promise<string> {
  const { made } = cluster;
  const env: NodeJS.ProcessEnv = { ...cluster.env, SEATRIAL_IMAGE_ONCE: '1' };
  const build = (command: readonly string[], more: NodeJS.ProcessEnv) =>
    run([...command, folder, tag, ...flags], { env: { ...env, ...more }, seconds: 600 });
  if (made.kind === 'bare') {
    const own = { SEATRIAL_CLUSTER: made.state, SEATRIAL_CLUSTER_NAME: made.netns };
    await build([join(clusterScripts, 'image')], own);
  } else if (made.kind === 'kind') {
    await build([join(clusterScripts, 'kind/image')], { CLUSTER: made.name });
  } else {
    const command = (env.SEATRIAL_LOAD_COMMAND ?? '').split(' ').filter((word) => word !== '');
    if (command.length === 0) {
      throw new Error(
        'Set SEATRIAL_LOAD_COMMAND to a command that takes a folder with a Dockerfile and a tag, and brings the image to this cluster.',
      );
    }
    await build(command, {});
  }
  return tag;
}

/**
 * The product's image of what `npm run build` made, built once for a content: controller, routers and gateways run
 * from it, and whatever needs Node and a shell. SEATRIAL_IMAGE names one that is in the cluster already; the suite
 * sets it before all files.
 */
export async function ownImage(cluster: Cluster): Promise<string> {
  if (process.env.SEATRIAL_IMAGE !== undefined) return process.env.SEATRIAL_IMAGE;
  const hash = createHash('sha256');
  const files = globSync('dist/src/**/*.js', { cwd: root }).toSorted();
  for (const file of [...files, 'deploy/Dockerfile', 'package.json']) {
    hash.update(file).update(readFileSync(join(root, file)));
  }
  const image = `seatrial-suite:${hash.digest('hex').slice(0, 12)}`;
  if (await isOnNode(cluster, image)) return image;
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-image-'));
  try {
    const context = join(folder, 'context');
    await run([process.execPath, join(root, 'dist/src/main.js'), 'install', '--build-context', context], {
      env: cluster.env,
    });
    return await buildImage(cluster, context, image);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As far as the nodes tell: each names its fifty largest images, and not at once. */
async function isOnNode(cluster: Cluster, tag: string): Promise<boolean> {
  const path = 'jsonpath={.items[*].status.images[*].names[*]}';
  const names = await cluster.kubectl(['get', 'nodes', '-o', path]);
  return names.split(' ').some((name) => name.endsWith(`/${tag}`) || name === tag);
}
