import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../src/kube/objects.ts';
import { clusterServices } from '../../../src/operator/gateway/services.ts';
import { deployment, service } from '../fork/samples.ts';

const imageRevision = 'org.opencontainers.image.revision';

describe('the commit of a Service is what its Deployment says', () => {
  const commitOf = (own: Record<string, string>, pods: Record<string, string>) => {
    const plain = deployment('pricing');
    const { template } = plain.spec;
    const metadata = { ...template.metadata, annotations: pods };
    const workload = {
      ...plain,
      metadata: { ...plain.metadata, annotations: own },
      spec: { ...plain.spec, template: { ...template, metadata } },
    };
    const world = { services: [service('pricing')], deployments: [workload], statefulSets: [], claims: [] };
    return clusterServices(world, []).find(({ name }) => name === 'pricing')?.commit;
  };

  test.each([
    ['in our annotation', { 'seatrial.dev/commit': 'abc1234' }, {}, 'abc1234'],
    ['by the name that images have for it', { [imageRevision]: 'def5678' }, {}, 'def5678'],
    ['on its pods', {}, { [imageRevision]: 'def5678' }, 'def5678'],
    ['ours first', { 'seatrial.dev/commit': 'abc1234' }, { [imageRevision]: 'def5678' }, 'abc1234'],
  ] as const)('%s', (_, own, pods, commit) => {
    expect(commitOf(own, pods)).toBe(commit);
  });

  test('and unknown where it says none', () => {
    expect(commitOf({}, {})).toBeNull();
  });
});

test('the image of a Service is what pods of its workload run: several while it is rolled', () => {
  const digest = (at: number) => `sha256:${String(at).repeat(64)}`;
  const pod = (app: string, name: string, imageID?: string): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${app}-${name}-${imageID}`, namespace: 'shop', labels: { app } },
    spec: { containers: [] },
    status: { containerStatuses: [{ name, ...(imageID === undefined ? {} : { imageID }) }] },
  });
  const pods = [
    pod('pricing', 'app', `registry.example/pricing@${digest(2)}`),
    pod('pricing', 'app', digest(1)),
    pod('pricing', 'app', digest(1)),
    pod('pricing', 'app'),
    pod('pricing', 'sidecar', digest(3)),
    pod('orders', 'app', digest(4)),
  ];
  const services = [service('pricing'), service('bare')];
  const world = { services, deployments: [deployment('pricing')], statefulSets: [], claims: [] };
  expect(clusterServices(world, pods).map(({ name, digests }) => [name, digests])).toEqual([
    ['bare', []],
    ['pricing', [digest(1), digest(2)]],
  ]);
});
