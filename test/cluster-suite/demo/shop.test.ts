import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildShop, deployShop } from '../../../src/cli/demo/cluster/deploy.ts';
import { giveImports, layOutShop } from '../../../src/cli/demo/shop.ts';
import { loadPlans } from '../../../src/plan/load.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { shopBehaviour } from '../../shop/behaviour.ts';
import { type RunningShop, repositoryRoot, shopConfig, shopFolder } from '../../shop/start-shop.ts';
import { openCluster } from '../support/cluster.ts';
import { type ScratchNamespace, scratchNamespace } from '../support/namespace.ts';
import { countShop, suiteImages } from './cluster-shop.ts';

const cluster = await openCluster();
let folder = '';
let namespace: ScratchNamespace;
let shop: RunningShop & AsyncDisposable;
let plans: readonly Plan[] = [];

beforeAll(async () => {
  plans = (await loadPlans({ root: shopFolder, folder: shopConfig.plans, config: shopConfig })).plans;
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'seatrial-shop-')));
  await layOutShop(repositoryRoot, folder, 'kubernetes');
  await giveImports(repositoryRoot, folder, 'kubernetes');
  const revision = hashOf(folder);
  await buildShop(suiteImages(cluster), folder, revision);
  namespace = await scratchNamespace(cluster, 'shop', { 'pod-security.kubernetes.io/warn': 'restricted' });
  const own = { namespace: namespace.name, tree: folder, revision, commit: revision, prefix: '' };
  await deployShop(cluster.kube, own, AbortSignal.timeout(180_000));
  shop = await countShop(cluster, namespace.name, revision);
}, 600_000);
afterAll(async () => {
  await shop?.[Symbol.asyncDispose]();
  await namespace?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe('the demo shop on Kubernetes, with catalog in Python and pricing in Go', () => {
  shopBehaviour(() => ({ shop, plans }));

  test('keeps its items in PostgreSQL: they outlive the pod of the catalog', async () => {
    const views = async () => {
      const answer = await fetch(`${shop.origins.catalog}/items/shelf`);
      return ((await answer.json()) as { views: number }).views;
    };
    const before = await views();
    await cluster.kubectl(['-n', namespace.name, 'rollout', 'restart', 'deployment/catalog']);
    await cluster.kubectl(['-n', namespace.name, 'rollout', 'status', 'deployment/catalog']);
    await expect.poll(views, { timeout: 20_000 }).toBeGreaterThan(before);
  });
});

function hashOf(root: string): string {
  const hash = createHash('sha256');
  for (const path of readdirSync(root, { recursive: true }).map(String).sort()) {
    if (!path.startsWith('node_modules') && statSync(join(root, path)).isFile()) {
      hash.update(path).update(readFileSync(join(root, path)));
    }
  }
  return hash.digest('hex');
}
