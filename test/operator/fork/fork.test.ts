import { describe, expect, test } from 'vitest';
import { selects } from '../../../src/kube/selector.ts';
import { makeFork } from '../../../src/operator/fork/fork.ts';
import { forkHash, forkName } from '../../../src/operator/fork/names.ts';
import type { ResourceFork } from '../../../src/sandbox/resource.ts';
import { deployment, fork, image, owner, richDeployment } from './samples.ts';

const made = (change: Partial<ResourceFork> = {}, baseline = richDeployment()) =>
  makeFork(owner, { ...fork, ...change }, baseline, 'app');
const podOf = (change: Partial<ResourceFork> = {}, baseline = richDeployment()) =>
  made(change, baseline).spec.template.spec;
const app = (change: Partial<ResourceFork> = {}, baseline = richDeployment()) =>
  podOf(change, baseline).containers.find(({ name }) => name === 'app');

describe('a fork', () => {
  test('is one pod, replaced as a whole, owned by its Sandbox, and carries the key', () => {
    const { metadata, spec } = made();
    expect(spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(metadata.ownerReferences).toEqual([
      {
        apiVersion: 'seatrial.dev/v1alpha1',
        kind: 'Sandbox',
        name: 'pr-42',
        uid: owner.uid,
        controller: true,
      },
    ]);
    expect(metadata.annotations).toEqual({
      'seatrial.dev/fork': forkHash(fork),
      'seatrial.dev/key': owner.routingKey,
      'seatrial.dev/workload': 'pricing',
      'seatrial.dev/container': 'app',
    });
  });

  test('keeps no label that a selector of the baseline may ask for, and those that injectors ask for', () => {
    const { spec } = made();
    const labels = spec.template.metadata?.labels ?? {};
    expect(labels).toEqual({
      'azure.workload.identity/use': 'true',
      'seatrial.dev/sandbox': 'pr-42',
      'seatrial.dev/service': 'pricing',
      'app.kubernetes.io/managed-by': 'seatrial',
    });
    expect(selects(richDeployment().spec.selector, labels)).toBe(false);
    expect(selects(spec.selector, labels)).toBe(true);
    expect(selects(spec.selector, richDeployment().spec.template.metadata?.labels ?? {})).toBe(false);
  });

  test('leaves out annotations that other controllers act on', () => {
    expect(made().spec.template.metadata?.annotations).toEqual({
      'vault.hashicorp.com/agent-inject': 'true',
      'seatrial.dev/container': 'app',
      'seatrial.dev/fork': forkHash(fork),
      'baseline-label.seatrial.dev/app': 'pricing',
      'baseline-label.seatrial.dev/shop.example_tier': 'back',
      'baseline-label.seatrial.dev/azure.workload.identity_use': 'true',
    });
  });

  test('gives the labels of its baseline to whoever reads them by the downward API', () => {
    expect(app()?.env).toContainEqual({
      name: 'APP',
      valueFrom: { fieldRef: { fieldPath: "metadata.annotations['baseline-label.seatrial.dev/app']" } },
    });
    const text = JSON.stringify(podOf().volumes);
    expect(text).toContain("metadata.annotations['baseline-label.seatrial.dev/app']");
    expect(text).toContain("metadata.annotations['baseline-label.seatrial.dev/shop.example_tier']");
    expect(text).not.toContain('metadata.labels');
  });

  test('runs the new image in the container and in what comes from the same build, and in nothing else', () => {
    const { containers, initContainers = [] } = podOf();
    const images = [...initContainers, ...containers].map((each) => [each.name, each.image]);
    expect(Object.fromEntries(images)).toEqual({
      prepare: image,
      proxy: 'proxy:3',
      agent: 'agent:7',
      app: image,
    });
  });

  test('knows its sandbox in every container, before all other variables', () => {
    const { containers, initContainers = [] } = podOf();
    for (const { env } of [...containers, ...initContainers]) {
      expect(env?.[0]).toEqual({ name: 'SEATRIAL_SANDBOX', value: 'pr-42' });
    }
  });

  test('changes variables in their place and adds new ones last', () => {
    const env = [
      { name: 'NEW', value: '1' },
      { name: 'MODE', value: 'trial' },
    ];
    const names = app({ env })?.env?.map(({ name, value }) => `${name}=${value ?? '?'}`);
    expect(names).toEqual([
      'SEATRIAL_SANDBOX=pr-42',
      'MODE=trial',
      'URL=http://tax/$(MODE)',
      'PASSWORD=?',
      'APP=?',
      'POD=?',
      'NEW=1',
    ]);
  });

  test('takes command, args and resources of the Sandbox, and all else of the baseline', () => {
    const change = { command: ['go'], args: ['fast'], resources: { limits: { memory: '1Gi' } } };
    expect(app(change)).toMatchObject({
      ...change,
      envFrom: [{ configMapRef: { name: 'pricing' } }],
      securityContext: { readOnlyRootFilesystem: true },
      readinessProbe: { httpGet: { path: '/', port: 'web' } },
    });
    expect(podOf()).toMatchObject({
      tolerations: [{ key: 'team', operator: 'Exists' }],
      priorityClassName: 'high',
      imagePullSecrets: [{ name: 'registry' }],
      serviceAccountName: 'pricing',
      terminationGracePeriodSeconds: 10,
    });
  });

  test('is not kept off the nodes of its baseline, and keeps away from others as its baseline does', () => {
    const pod = podOf();
    expect(pod.topologySpreadConstraints).toBeUndefined();
    expect(pod.affinity).toEqual({
      nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] },
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app: 'noisy' } }, topologyKey: 'kubernetes.io/hostname' },
        ],
        preferredDuringSchedulingIgnoredDuringExecution: [],
      },
    });
  });

  test.each([
    ['pricing:1', 'IfNotPresent', undefined],
    ['pricing:latest', 'Always', undefined],
    ['pricing', 'Always', undefined],
    ['pricing:1', 'Always', 'Always'],
    ['pricing:latest', 'IfNotPresent', 'IfNotPresent'],
    ['pricing:1', 'Never', 'Never'],
    ['host:5000/pricing', 'Always', undefined],
    ['pricing@sha256:00', 'IfNotPresent', undefined],
  ])('of %s with pull policy %s has %s', (before, policy, after) => {
    const baseline = deployment('pricing', {
      containers: [{ name: 'app', image: before, imagePullPolicy: policy }],
    });
    expect(app({}, baseline)?.imagePullPolicy).toBe(after);
  });
});

describe('the name of a fork', () => {
  test('fits a pod of a Deployment, and differs by sandbox, service and life of the name', () => {
    const long = { name: 'a'.repeat(40), uid: 'u' };
    expect(forkName(long, 'b'.repeat(63)).length).toBeLessThanOrEqual(46);
    const names = [
      forkName({ name: 'a-b', uid: '1' }, 'c'),
      forkName({ name: 'a', uid: '2' }, 'b-c'),
      forkName({ name: 'a', uid: '3' }, 'b-c'),
    ];
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
  });

  test('its hash changes with anything that the Sandbox says of it, and not with the order of fields', () => {
    expect(forkHash({ ...fork, attempt: 1 })).not.toBe(forkHash(fork));
    expect(forkHash({ source: { image }, service: 'pricing' })).toBe(forkHash(fork));
  });
});
