import { join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { run } from './process.ts';

const clusterScripts = join(import.meta.dirname, '../../cluster');

/**
 * Builds the Dockerfile in `folder` and brings the image to the cluster's nodes: Buildah where `cluster:up` made the
 * cluster without Docker, Docker and `kind load` on kind, else the command in SEATRIAL_LOAD_COMMAND, which gets folder
 * and tag as its last two arguments. `flags` go to the build (`--build-arg`, `--target`, `--file`).
 */
export async function buildImage(
  cluster: Cluster,
  folder: string,
  tag: string,
  flags: readonly string[] = [],
): Promise<string> {
  const { env } = cluster;
  const options = { env, seconds: 600 };
  if (cluster.made.kind === 'bare') {
    const own = { ...env, SEATRIAL_CLUSTER: cluster.made.state, SEATRIAL_CLUSTER_NAME: cluster.made.netns };
    await run([join(clusterScripts, 'image'), folder, tag, ...flags], { ...options, env: own });
  } else if (cluster.made.kind === 'kind') {
    await run([join(clusterScripts, 'kind/image'), folder, tag, ...flags], {
      ...options,
      env: { ...env, CLUSTER: cluster.made.name },
    });
  } else {
    const command = (env.SEATRIAL_LOAD_COMMAND ?? '').split(' ').filter((word) => word !== '');
    if (command.length === 0) {
      throw new Error(
        'Set SEATRIAL_LOAD_COMMAND to a command that takes a folder with a Dockerfile and a tag, and brings the image to this cluster.',
      );
    }
    await run([...command, folder, tag, ...flags], options);
  }
  return tag;
}

/** As far as the nodes tell: each names the fifty images that it has got last, or fewer. */
export async function isOnNode(cluster: Cluster, tag: string): Promise<boolean> {
  const path = 'jsonpath={.items[*].status.images[*].names[*]}';
  const names = await cluster.kubectl(['get', 'nodes', '-o', path]);
  return names.split(' ').some((name) => name.endsWith(`/${tag}`) || name === tag);
}
