import { expect, test } from 'vitest';
import type { Pod } from '../../../src/kube/objects.ts';
import { foreignInstallation } from '../../../src/operator/controller/our-stores.ts';

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
