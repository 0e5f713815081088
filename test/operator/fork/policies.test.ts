import { expect, test } from 'vitest';
import type { NetworkPolicy } from '../../../src/kube/objects.ts';
import { forkPolicies } from '../../../src/operator/fork/policies.ts';
import { owner } from './samples.ts';

const baseline = { app: 'pricing', tier: 'back' };
const forkPod = { 'seatrial.dev/sandbox': 'pr-42', 'seatrial.dev/service': 'pricing' };
const forkSelector = { matchLabels: forkPod };
const policy = (name: string, spec: NetworkPolicy['spec']): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'shop' },
  spec,
});
const specs = (...policies: readonly NetworkPolicy[]) =>
  forkPolicies(owner, 'pricing', baseline, forkPod, policies).map(({ spec }) => spec);

test('a policy that selects the baseline is cloned for the fork', () => {
  const ingress = [{ from: [{ podSelector: { matchLabels: { app: 'checkout' } } }] }];
  expect(specs(policy('in', { podSelector: { matchLabels: { tier: 'back' } }, ingress }))).toEqual([
    { podSelector: forkSelector, ingress },
  ]);
});

test('a policy of all pods holds for the fork by itself', () => {
  expect(specs(policy('deny', { podSelector: {}, policyTypes: ['Ingress'] }))).toEqual([]);
});

test('a policy that names the baseline as a peer gets a twin that adds the fork, for those rules and ports alone', () => {
  const ports = [{ port: 5432 }];
  const database = policy('database', {
    podSelector: { matchLabels: { app: 'database' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      { from: [{ podSelector: { matchLabels: { app: 'pricing' } } }, { ipBlock: {} }], ports },
      { from: [{ podSelector: { matchLabels: { app: 'tax' } } }] },
    ],
    egress: [],
  });
  expect(specs(database)).toEqual([
    {
      podSelector: { matchLabels: { app: 'database' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: forkSelector }], ports }],
    },
  ]);
});

test('a policy that does both gets both; another namespace and everybody need no twin', () => {
  const both = policy('both', {
    podSelector: { matchLabels: { app: 'pricing' } },
    egress: [{ to: [{ podSelector: { matchLabels: { app: 'pricing' } } }] }],
  });
  expect(specs(both)).toHaveLength(2);
  const other = policy('other', {
    podSelector: { matchLabels: { app: 'tax' } },
    ingress: [
      { from: [{ podSelector: {} }] },
      {},
      { from: [{ podSelector: { matchLabels: { app: 'pricing' } }, namespaceSelector: {} }] },
    ],
  });
  expect(specs(other)).toEqual([]);
});

test('policies go with their sandbox, have names of their own, and are not cloned again', () => {
  const first = policy('a', { podSelector: { matchLabels: { app: 'pricing' } } });
  const second = policy('b', { podSelector: { matchLabels: { app: 'pricing' } } });
  const made = forkPolicies(owner, 'pricing', baseline, forkPod, [first, second]);
  expect(new Set(made.map(({ metadata }) => metadata.name)).size).toBe(2);
  expect(made[0]?.metadata.ownerReferences?.[0]?.uid).toBe(owner.uid);
  expect(forkPolicies(owner, 'pricing', forkPod, forkPod, made)).toEqual([]);
});
