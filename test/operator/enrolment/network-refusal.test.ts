import { describe, expect, test } from 'vitest';
import type { Deployment, NetworkPolicy } from '../../../src/kube/objects.ts';
import { networkRefusal } from '../../../src/operator/enrolment/network-refusal.ts';

const service = {
  name: 'pricing',
  namespace: 'shop',
  original: { spec: { selector: { app: 'pricing' }, ports: [{ port: 80 }] }, managedFields: [], routes: [] },
};
const deployment: Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'pricing' },
  spec: {
    selector: { matchLabels: { app: 'pricing' } },
    template: { metadata: { labels: { app: 'pricing', tier: 'back' } }, spec: { containers: [] } },
  },
};

function policy(spec: NetworkPolicy['spec'], name = 'p'): NetworkPolicy {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name }, spec };
}
const of = (...policies: readonly NetworkPolicy[]) => networkRefusal(service, [deployment], policies);

const pricing = { matchLabels: { app: 'pricing' } };
const checkout = { matchLabels: { app: 'checkout' } };
const toRouter = { matchLabels: { 'seatrial.dev/role': 'router' } };

describe('policies that would cut callers off behind a router', () => {
  test('a policy that admits callers by their labels is named, with the rule that mends it', () => {
    const found = of(
      policy({ podSelector: pricing, ingress: [{ from: [{ podSelector: checkout }] }] }, 'own'),
    );
    expect(found).toMatchObject({ reason: 'NetworkPolicy', message: expect.stringContaining('own') });
    expect(found?.next).toContain('seatrial.dev/role: router');
  });

  test('a namespace that denies all', () => {
    expect(of(policy({ podSelector: {}, policyTypes: ['Ingress'] }))).not.toBeNull();
  });

  test('peers that only an address or a namespace of other labels tells', () => {
    const address = policy({
      podSelector: pricing,
      ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }],
    });
    const team = { namespaceSelector: { matchLabels: { team: 'a' } } };
    expect(of(address)).not.toBeNull();
    expect(of(policy({ podSelector: pricing, ingress: [{ from: [team] }] }))).not.toBeNull();
  });

  test('a policy of all pods, which closes the router too, though the workload has a rule for it', () => {
    const closed = policy({ podSelector: {}, policyTypes: ['Ingress'] }, 'closed');
    const rules = [{ from: [{ podSelector: checkout }] }, { from: [{ podSelector: toRouter }] }];
    const found = of(closed, policy({ podSelector: pricing, ingress: rules }));
    expect(found?.message).toContain('closed keeps callers that its workload admits away');
    expect(found?.next).toContain('ingress: [{"from":[{"podSelector":{"matchLabels":{"app":"checkout"}}}]}]');
  });

  test('a policy of the router that admits fewer than may reach an open workload', () => {
    const narrow = policy({ podSelector: toRouter, ingress: [{ from: [{ podSelector: checkout }] }] });
    expect(of(narrow)?.next).toContain('ingress: [{}]');
  });

  test('a policy of all pods that lets the router reach nothing', () => {
    const found = of(policy({ podSelector: {}, policyTypes: ['Egress'] }, 'held'));
    expect(found?.message).toContain('held lets the pods of the router reach nothing');
    expect(found?.next).toContain('egress: [{}]');
  });

  test('callers that may go to the workload alone', () => {
    const narrow = policy({
      podSelector: checkout,
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: pricing }] }],
    });
    expect(of(narrow)?.message).toContain('and not the router');
  });
});

describe('policies that let the router stand between', () => {
  test('no policy, and policies of other pods', () => {
    expect(of()).toBeNull();
    expect(of(policy({ podSelector: checkout, ingress: [] }))).toBeNull();
  });

  test.each([
    ['everybody', {}],
    ['all pods of the namespace', { from: [{ podSelector: {} }] }],
    [
      'the namespace by its name',
      { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }] },
    ],
    ['the router by its label', { from: [{ podSelector: checkout }, { podSelector: toRouter }] }],
  ])('a rule for %s', (_, rule) => {
    expect(of(policy({ podSelector: pricing, ingress: [rule] }))).toBeNull();
  });

  test('a namespace that denies all, with rules for the workload and the same ones for the router: policies add', () => {
    const closed = policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const callers = [{ from: [{ podSelector: checkout }] }];
    const own = policy({
      podSelector: pricing,
      ingress: [...callers, { from: [{ podSelector: toRouter }] }],
    });
    const router = policy({
      podSelector: toRouter,
      ingress: callers,
      egress: [{}],
      policyTypes: ['Ingress', 'Egress'],
    });
    expect(of(closed, own, router)).toBeNull();
  });

  test('policies of egress alone, and those of forks', () => {
    expect(of(policy({ podSelector: pricing, policyTypes: ['Egress'], egress: [] }))).toBeNull();
    const clone = policy({ podSelector: pricing, ingress: [] });
    const ours = { ...clone, metadata: { name: 'clone', labels: { 'seatrial.dev/sandbox': 'pr-1' } } };
    expect(of(ours)).toBeNull();
  });
});
