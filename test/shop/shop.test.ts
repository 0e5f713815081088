import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPlans } from '../../src/plan/load.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { playPlan } from './play-plan.ts';
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

const get = (service: string, path: string, headers: Record<string, string> = {}) =>
  fetch(`${shop.origins[service]}${path}`, { headers });

describe('the demo shop', () => {
  test('has five services, and a plan for each', () => {
    const services = Object.keys(shopConfig.services).sort();
    expect(services).toHaveLength(5);
    expect(plans.flatMap((plan) => plan.covers.services ?? []).sort()).toEqual(services);
  });

  test('meets every expectation of its plans, again and again', async () => {
    for (let round = 0; round < 3; round++) {
      for (const plan of plans) {
        const played = await playPlan(plan, shop);
        for (const { template, answer, failures } of played) {
          expect(failures, `${plan.name} ${template.id}`).toEqual([]);
          expect(answer.kind).toBe('answer');
        }
      }
    }
  });

  test('every request that a plan checks reaches the service that the plan covers', async () => {
    for (const plan of plans) {
      const unproven = plan.steps.flatMap((step) =>
        step.kind === 'http' && step.proof === 'none' ? [step.id] : [],
      );
      for (const { template, calls } of await playPlan(plan, shop)) {
        if (unproven.includes(template.id)) continue;
        for (const service of plan.covers.services ?? []) {
          expect(calls[service], `${plan.name} ${template.id} at ${service}`).toBeGreaterThan(0);
        }
      }
    }
  });

  test('hands baggage on from service to service, other members and properties included', async () => {
    const baggage = 'seatrial=0123456789abcdefghij.aaaabbbb,tenant=a%20b;ttl=3';
    expect((await get('storefront', '/products/mug', { baggage })).status).toBe(200);
    expect(shop.calls('seatrial=0123456789abcdefghij.aaaabbbb')).toEqual({
      storefront: 1,
      catalog: 3,
      pricing: 1,
    });
    expect(shop.calls('tenant=a%20b')).toEqual({ storefront: 1, catalog: 3, pricing: 1 });
    await get('storefront', '/products/mug');
    expect(shop.calls('seatrial=0123456789abcdefghij')).toEqual({ storefront: 1, catalog: 3, pricing: 1 });
  });

  test('keeps the baggage of requests at the same time apart', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `k${String(i).padStart(7, '0')}`);
    await Promise.all(keys.map((key) => get('storefront', '/products', { baggage: `seatrial=${key}` })));
    for (const key of keys)
      expect(shop.calls(`seatrial=${key}`)).toEqual({ storefront: 1, catalog: 2, pricing: 1 });
  });

  test('answers with the noise of real services', async () => {
    const pages = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const response = await get('storefront', '/products/mug');
        return {
          etag: response.headers.get('etag'),
          body: (await response.json()) as Record<string, unknown>,
        };
      }),
    );
    const kinds = (pick: (page: (typeof pages)[number]) => unknown) =>
      new Set(pages.map((page) => JSON.stringify(pick(page)) ?? 'missing')).size;
    expect(kinds((page) => page.body.banner)).toBe(2);
    expect(kinds((page) => page.body.alsoBought)).toBeGreaterThan(1);
    expect(kinds((page) => [...(page.body.alsoBought as string[])].sort())).toBe(1);
    expect(kinds((page) => page.body.image)).toBeGreaterThan(1);
    expect(kinds((page) => page.etag)).toBeGreaterThan(1);
    expect(kinds((page) => page.body.priceCents)).toBe(1);
  });

  test('refuses what no service expects with 4xx, and stays up', async () => {
    const post = (service: string, path: string, body: string) =>
      fetch(`${shop.origins[service]}${path}`, { method: 'POST', body });
    expect((await post('pricing', '/quotes', '{')).status).toBe(400);
    expect((await post('pricing', '/quotes', '[]')).status).toBe(422);
    expect((await post('checkout', '/carts', 'null')).status).toBe(422);
    expect((await post('accounts', '/sessions', '{"email":{}}')).status).toBe(401);
    expect((await get('catalog', '/nothing')).status).toBe(404);
    expect((await get('catalog', '/healthz')).status).toBe(200);
  });
});

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
