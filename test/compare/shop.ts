import { randomUUID } from 'node:crypto';
import type { Collected } from '../../src/compare/collect.ts';
import type { RequestTemplate, Session } from '../../src/compare/template.ts';
import type { Evidence, PairCheck, StepCheck } from '../../src/verdict/evidence.ts';
import { fork } from '../verdict/fixture.ts';
import type { Handler } from './lab.ts';

/** Carts priced by another service; ids, times and a session cookie make noise. */
export const checkout: Handler = async ({ request, body, ask, json }) => {
  if (request.method === 'POST') {
    const { sku, email } = JSON.parse(body) as { sku: string; email: string };
    const price = await ask('pricing', `/price/${sku}`);
    if (price.status !== 200) return json({ error: 'no price' }, 502);
    const cart = { id: randomUUID(), sku, email, total: (price.json as { price: number }).price };
    return json(cart, 201, { 'set-cookie': `cart=${cart.id}; Path=/; Secure; HttpOnly` });
  }
  const cart = /cart=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? null;
  json({ path: request.url, cart, token: request.headers.authorization ?? null });
};

export const pricing: Handler = ({ request, json }) =>
  json({ sku: request.url?.split('/').at(-1), price: 5, currency: 'EUR', at: new Date().toISOString() });

export function template(id: string, change: Partial<RequestTemplate> = {}): RequestTemplate {
  return {
    id,
    title: id,
    service: 'pricing',
    method: 'GET',
    path: '/price/mug',
    headers: {},
    body: null,
    state: 'read',
    capture: {},
    timeoutMs: null,
    ...change,
  };
}

export const add = template('add', {
  service: 'checkout',
  method: 'POST',
  path: '/cart',
  body: { kind: 'json', value: { sku: '{{ params.sku }}', email: '{{ unique.email }}' } },
  state: 'write',
  capture: { cart: '$.id' },
});
export const show = template('show', {
  service: 'checkout',
  path: '/cart/{{ steps.add.cart }}',
  headers: { authorization: 'Bearer {{ secrets.buyer }}' },
});
export const quote = template('quote');

export const secrets = { buyer: 'p@ss/w"ord+1' };
export function session(...requests: readonly RequestTemplate[]): Session {
  return { requests, params: { sku: 'mug' }, secrets };
}

export function step(id: string, change: Partial<StepCheck> = {}): StepCheck {
  return {
    kind: 'step',
    id,
    title: id,
    expect: { status: 201 },
    proof: 'required',
    notSent: null,
    ...change,
  };
}

export function pair({ id, service, method, path }: RequestTemplate): PairCheck {
  return { kind: 'pair', id, title: id, service, method, pathTemplate: path, notSent: null };
}

/** What a host adds to what was collected, where nothing else happened. */
export function evidence(collected: Collected, change: Partial<Evidence> = {}): Evidence {
  return {
    format: 1,
    sandbox: 'pr-42',
    baseline: { commit: 'a'.repeat(40), from: 'main', assumed: false },
    change: { files: [{ path: 'pricing.mjs', services: ['pricing'], ignored: false }] },
    plan: { name: 'p', hash: 'h', covers: null },
    forks: { before: [fork('pricing')], after: [fork('pricing')], stale: [] },
    expectedChanges: [],
    intermittent: false,
    ...collected,
    ...change,
  };
}
