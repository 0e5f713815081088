import { createHash } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { buildImage, isOnNode } from './image.ts';
import { removeNamespace } from './namespace.ts';
import { run } from './process.ts';

const root = join(import.meta.dirname, '../../..');

export interface Installation {
  readonly systemNamespace: string;
  /** Of controller, routers and gateways; Node and a shell are in it. */
  readonly image: string;
  /** `seatrial uninstall`, and the system namespace gone. The resource itself stays: others use it. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Installs this working tree, by its own command, from an image of its own, for the given namespaces. */
export async function installSeatrial(
  cluster: Cluster,
  systemNamespace: string,
  namespaces: readonly string[],
): Promise<Installation> {
  const { env } = cluster;
  const seatrial = (args: readonly string[]) =>
    run([process.execPath, join(root, 'dist/src/main.js'), ...args, '--system-namespace', systemNamespace], {
      env,
      seconds: 200,
    });
  const image = await ownImage(cluster);
  await seatrial(['install', '--image', image, '--namespaces', namespaces.join(',')]);
  let removed = false;
  return {
    systemNamespace,
    image,
    async [Symbol.asyncDispose]() {
      if (removed) return;
      removed = true;
      await seatrial(['uninstall', '--force', '--keep-crd']);
      await removeNamespace(cluster, systemNamespace);
    },
  };
}

/** Of what `npm run build` made, named by its content: built once for a content. */
export async function ownImage(cluster: Cluster): Promise<string> {
  if (process.env.SEATRIAL_IMAGE !== undefined) return process.env.SEATRIAL_IMAGE;
  const hash = createHash('sha256');
  const files = globSync('dist/src/**/*.js', { cwd: root }).toSorted();
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
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
