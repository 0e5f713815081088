import { expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { playPlan } from './play-plan.ts';
import { type RunningShop, shopConfig } from './start-shop.ts';

/** What the shop does wherever it runs, in whatever language its services are written. */
export function shopBehaviour(running: () => { shop: RunningShop; plans: readonly Plan[] }): void {
  const shop = () => running().shop;
  const plans = () => running().plans;
  const get = (service: string, path: string, headers: Record<string, string> = {}) =>
    fetch(`${shop().origins[service]}${path}`, { headers });

  test('has five services, and a plan for each', () => {
    const services = Object.keys(shopConfig.services).sort();
    expect(services).toHaveLength(5);
    expect(
      plans()
        .flatMap((plan) => plan.covers.services ?? [])
        .sort(),
    ).toEqual(services);
  });

  test('meets every expectation of its plans, again and again', async () => {
    for (let round = 0; round < 3; round++) {
      for (const plan of plans()) {
        const played = await playPlan(plan, shop());
        for (const { template, answer, failures } of played) {
          expect(failures, `${plan.name} ${template.id}`).toEqual([]);
          expect(answer.kind).toBe('answer');
        }
      }
    }
  });

  test('every request that a plan checks reaches the service that the plan covers', async () => {
    for (const plan of plans()) {
      const unproven = plan.steps.flatMap((step) =>
        step.kind === 'http' && step.proof === 'none' ? [step.id] : [],
      );
      for (const { template, calls } of await playPlan(plan, shop())) {
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
    expect(await shop().calls('seatrial=0123456789abcdefghij.aaaabbbb')).toEqual({
      storefront: 1,
      catalog: 3,
      pricing: 1,
    });
    expect(await shop().calls('tenant=a%20b')).toEqual({ storefront: 1, catalog: 3, pricing: 1 });
    await get('storefront', '/products/mug');
    expect(await shop().calls('seatrial=0123456789abcdefghij')).toEqual({
      storefront: 1,
      catalog: 3,
      pricing: 1,
    });
  });

  test('keeps the baggage of requests at the same time apart', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `k${String(i).padStart(7, '0')}`);
    await Promise.all(keys.map((key) => get('storefront', '/products', { baggage: `seatrial=${key}` })));
    for (const key of keys)
      expect(await shop().calls(`seatrial=${key}`)).toEqual({ storefront: 1, catalog: 2, pricing: 1 });
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
      fetch(`${shop().origins[service]}${path}`, { method: 'POST', body });
    expect((await post('pricing', '/quotes', '{')).status).toBe(400);
    expect((await post('pricing', '/quotes', '[]')).status).toBe(422);
    expect((await post('checkout', '/carts', 'null')).status).toBe(422);
    expect((await post('accounts', '/sessions', '{"email":{}}')).status).toBe(401);
    expect((await get('catalog', '/nothing')).status).toBe(404);
    expect((await get('catalog', '/healthz')).status).toBe(200);
  });
}
