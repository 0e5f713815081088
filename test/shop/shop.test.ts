import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPlans } from '../../src/plan/load.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { shopBehaviour } from './behaviour.ts';
import { type Shop, shopConfig, shopFolder, startShop } from './start-shop.ts';

let shop: Shop;
let plans: readonly Plan[] = [];
beforeAll(async () => {
  const loaded = await loadPlans({ root: shopFolder, folder: shopConfig.plans, config: shopConfig });
  expect(loaded.broken).toEqual([]);
  plans = loaded.plans;
  shop = await startShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

describe('the demo shop', () => shopBehaviour(() => ({ shop, plans })));

test('several catalogs open one new database file at the same moment and share it', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'seatrial-data-')));
  const data = join(folder, 'data');
  const shops = await Promise.all([startShop({ data }), startShop({ data }), startShop({ data })]);
  try {
    const views = async (one: Shop) =>
      ((await (await fetch(`${one.origins.catalog}/items/mug`)).json()) as { views: number }).views;
    const seen = await Promise.all(Array.from({ length: 30 }, (_, i) => views(shops[i % 3] ?? shop)));
    expect(new Set(seen).size).toBeGreaterThan(1);
    expect(Math.max(...seen)).toBe(41_230);
    const lists = await Promise.all(
      shops.map(async (one) => (await fetch(`${one.origins.catalog}/items`)).json()),
    );
    expect(lists[1]).toEqual(lists[0]);
  } finally {
    await Promise.all(shops.map((one) => one[Symbol.asyncDispose]()));
    rmSync(folder, { recursive: true, force: true });
  }
});

test('every service ends with 0 on SIGTERM, connections or not', async () => {
  await using own = await startShop();
  await fetch(`${own.origins.storefront}/products`);
  expect(await own.stop()).toEqual([0, 0, 0, 0, 0]);
});

test('a service whose port is taken ends with an error', async () => {
  const port = new URL(shop.origins.pricing ?? '').port;
  const child = spawn(process.execPath, ['services/pricing.mjs'], {
    cwd: shop.folder,
    env: { PORT: port },
    stdio: 'ignore',
  });
  expect((await once(child, 'exit'))[0]).toBe(1);
});
