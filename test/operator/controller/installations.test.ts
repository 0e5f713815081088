import { expect, test } from 'vitest';
import type { Pod } from '../../../src/kube/objects.ts';
import { foreignInstallation } from '../../../src/operator/controller/our-stores.ts';
import { routeOf } from '../../../src/operator/controller/routed.ts';

const router = (installation: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'router',
    namespace: 'shop',
    labels: { 'seatrial.dev/role': 'router', 'seatrial.dev/installation': installation },
  },
  spec: { containers: [] },
});
const stores = (...pods: readonly Pod[]) => ({
  routers: { synced: Promise.resolve(), get: () => null, list: () => pods, ofSandbox: () => [] },
});

test('a namespace is another installation’s once its routers are, and none of ours', () => {
  expect(foreignInstallation(stores(), 'shop', 'ours')).toBeNull();
  expect(foreignInstallation(stores(router('ours')), 'shop', 'ours')).toBeNull();
  expect(foreignInstallation(stores(router('theirs'), router('ours')), 'shop', 'ours')).toBeNull();
  expect(foreignInstallation(stores(router('theirs')), 'shop', 'ours')).toBe('theirs');
});

test('a router that lacks a right vouches for no route, and says which', () => {
  const fork = {
    service: 'pricing',
    state: 'routed' as const,
    reason: null,
    instance: 'u1/0',
    canary: 'seen' as const,
    message: null,
  };
  const routes = { version: 1, loaded: true, forks: [fork] };
  expect(routeOf('pricing', 'u1', [{ router: 'r', routes }])).toEqual({ kind: 'routed' });
  const trouble = 'may not watch pods in namespace shop';
  expect(routeOf('pricing', 'u1', [{ router: 'r', routes: { ...routes, trouble } }])).toMatchObject({
    kind: 'pending',
    message: `Router r ${trouble}: run seatrial install again.`,
  });
});
