import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeApi } from '../../../kube/api.ts';
import { annotations } from '../../../sandbox/cluster-names.ts';
import type { Images } from './images.ts';
import { applyManifests, type Manifest, readManifests, rolledOut } from './objects.ts';

/** By service: the stage of the shop's Dockerfile that serves it. */
export const stages = {
  catalog: 'python',
  pricing: 'go',
  accounts: 'node',
  checkout: 'node',
  storefront: 'node',
} as const;

const allStages = ['node', 'python', 'go', 'postgres'] as const;

export function imageName(stage: string, revision: string): string {
  return `shop-${stage}:${revision.slice(0, 12)}`;
}

/** Every image of the shop. `tree` is a working tree that `layOutShop` made; `revision` names its content. */
export async function buildShop(images: Images, tree: string, revision: string): Promise<void> {
  for (const stage of allStages) await images.build(tree, images.prefix + imageName(stage, revision), stage);
}

/** Deploys the shop of `tree` and waits until it serves. `commit` is written on the Deployments as what they were built from. */
export async function deployShop(
  kube: KubeApi,
  shop: {
    readonly namespace: string;
    readonly tree: string;
    readonly revision: string;
    readonly commit: string;
    /** As of the images that were built. */
    readonly prefix: string;
  },
  signal: AbortSignal,
): Promise<void> {
  const text = await readFile(join(shop.tree, 'manifests', 'shop.yaml'), 'utf8');
  const tagged = text.replace(
    /image: shop-(\w+):main/g,
    (_, stage) => `image: ${shop.prefix}${imageName(stage, shop.revision)}`,
  );
  const manifests = readManifests(tagged).map((each) => withCommit(each, shop.commit));
  await applyManifests(kube, shop.namespace, manifests, signal);
  await rolledOut(kube, shop.namespace, 120, signal);
}

function withCommit(object: Manifest, commit: string): Manifest {
  if (object.kind !== 'Deployment') return object;
  return { ...object, metadata: { ...object.metadata, annotations: { [annotations.commit]: commit } } };
}
