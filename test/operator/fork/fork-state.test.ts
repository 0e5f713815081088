import { describe, expect, test } from 'vitest';
import type { ContainerStatus, Deployment, Pod } from '../../../src/kube/objects.ts';
import { readyWithinMs, viewFork } from '../../../src/operator/fork/fork-state.ts';
import { deployment } from './samples.ts';

const now = Date.parse('2026-11-22T20:01:00Z');
const hash = { 'seatrial.dev/fork': 'one' };
const plain = deployment('pr-1-pricing');
const made: Deployment = { ...plain, metadata: { ...plain.metadata, annotations: hash } };

function pod(name: string, status: Partial<NonNullable<Pod['status']>>, metadata: object = {}): Pod {
  const containers = [
    { name: 'app', image: 'shop/pricing:2' },
    { name: 'proxy', image: 'proxy:1' },
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations: hash, ...metadata },
    spec: { containers },
    status: { phase: 'Running', ...status },
  };
}
const app = (status: Partial<ContainerStatus>) =>
  pod('pr-1-pricing-a', { containerStatuses: [{ name: 'app', ...status }] });
const waits = (reason: string, message = '') => app({ state: { waiting: { reason, message } } });
const ended = (exitCode: number, more: object = {}, restartCount = 1) =>
  app({
    restartCount,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode, ...more } },
  });
const state = (...pods: readonly Pod[]) => viewFork(made, pods, 'app', now).state;

describe('a fork fails by what the kubelet says of its containers:', () => {
  test.each<[string, Pod, string, RegExp]>([
    [
      'an image that is nowhere',
      waits('ImagePullBackOff', 'not found'),
      'ImagePullFailed',
      /^Push shop\/pricing:2/,
    ],
    ['no image’s name', waits('InvalidImageName'), 'ImagePullFailed', /^Push/],
    ['a Secret that is missing', waits('CreateContainerConfigError', 'no db'), 'ConfigMissing', /^Create/],
    ['a command that is not there', waits('RunContainerError'), 'CannotStart', /command/],
    ['ended and started anew', ended(7), 'CrashLoop', /log lines/],
    ['ended with 0, as a job would', ended(0), 'CrashLoop', /log lines/],
    ['killed for its memory', ended(137, { reason: 'OOMKilled' }), 'OOMKilled', /limits\.memory/],
    ['never came to run', ended(128, { reason: 'StartError' }, 0), 'CannotStart', /command/],
  ])('%s', (_, given, reason, next) => {
    expect(state(given)).toMatchObject({ kind: 'failed', reason, next: expect.stringMatching(next) });
  });

  test('one of its init containers, and its log', () => {
    const init = { name: 'migrate', restartCount: 1, lastState: { terminated: { exitCode: 2 } } };
    expect(state(pod('pr-1-pricing-a', { initContainerStatuses: [init] }))).toMatchObject({
      reason: 'InitFailed',
      message: 'Init container migrate ended with exit code 2 (1 restarts).',
      log: { pod: 'pr-1-pricing-a', container: 'migrate', previous: true },
    });
  });

  test('the forked container’s own failure is told before its neighbour’s', () => {
    const broken = (name: string, exitCode: number): ContainerStatus => ({
      name,
      restartCount: 2,
      lastState: { terminated: { exitCode } },
    });
    const both = pod('pr-1-pricing-a', { containerStatuses: [broken('proxy', 1), broken('app', 7)] });
    expect(state(both)).toMatchObject({ message: expect.stringContaining('Container app ended') });
  });

  test('not one that ended once and runs again', () => {
    const once = app({
      restartCount: 1,
      state: { running: { startedAt: '2026-11-22T20:00:30Z' } },
      lastState: { terminated: { exitCode: 7 } },
    });
    expect(state(once)).toEqual({ kind: 'running', startedEpochMs: now - 30_000, podReady: false });
  });
});

describe('a fork without a pod', () => {
  const failing = (message: string): Deployment => ({
    ...made,
    status: { conditions: [{ type: 'ReplicaFailure', status: 'True', message }] },
  });

  test('waits for it, and for that of before to end', () => {
    expect(state()).toMatchObject({ kind: 'waiting', reason: 'Creating' });
    const stopping = pod('pr-1-pricing-a', {}, { deletionTimestamp: '2026-11-22T20:00:59Z' });
    expect(state(stopping)).toMatchObject({ kind: 'waiting', reason: 'Stopping' });
  });

  test.each([
    ['pods "x" is forbidden: exceeded quota: tight', 'QuotaExceeded'],
    ['violates PodSecurity "restricted"', 'PodRefused'],
  ])('fails where the API refuses it: %s', (message, reason) => {
    expect(viewFork(failing(message), [], 'app', now).state).toMatchObject({ reason, message });
  });
});

describe('a pod', () => {
  const unscheduled = (since: number) => {
    const lastTransitionTime = new Date(now - since).toISOString();
    const reason = 'Unschedulable';
    return pod('pr-1-pricing-a', {
      phase: 'Pending',
      conditions: [
        { type: 'PodScheduled', status: 'False', reason, message: '0/1 nodes', lastTransitionTime },
      ],
    });
  };

  test('that no node takes may get one for three seconds', () => {
    expect(state(unscheduled(1_000))).toMatchObject({ reason: 'Scheduling', recheckMs: 2_050 });
    expect(state(unscheduled(3_000))).toMatchObject({ kind: 'failed', reason: 'Unschedulable' });
  });

  test('that a gate holds back waits for who set it, who is named by it, and is not looked at again and again', () => {
    const lastTransitionTime = new Date(now - 600_000).toISOString();
    const message = 'Scheduling is blocked due to non-empty scheduling gates';
    const held = pod('pr-1-pricing-a', {
      phase: 'Pending',
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message, lastTransitionTime },
      ],
    });
    const schedulingGates = [{ name: 'queue.example/admitted' }];
    expect(state({ ...held, spec: { ...held.spec, schedulingGates } })).toEqual({
      kind: 'waiting',
      reason: 'Scheduling',
      message: `Pod pr-1-pricing-a is held back by the scheduling gates queue.example/admitted, until who set them takes them off: ${message}.`,
      recheckMs: null,
    });
  });

  test('that the node ended is told as evicted', () => {
    const evicted = pod('pr-1-pricing-a', { phase: 'Failed', reason: 'Evicted', message: 'low on memory' });
    expect(state(evicted)).toMatchObject({ reason: 'Evicted', message: 'Evicted: low on memory' });
  });

  test('of another make of the fork, or of another Deployment, is not its pod', () => {
    const other = pod('pr-1-pricing-b', {}, { annotations: { 'seatrial.dev/fork': 'two' } });
    const stranger = pod('pr-1-prices-a', {});
    expect(viewFork(made, [other, stranger], 'app', now).pod).toBeNull();
  });

  test('tells its restarts, how it ended last, and its image’s digest', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const killed = app({
      restartCount: 3,
      imageID: `registry/pricing@${digest}`,
      state: { running: {} },
      lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
    });
    expect(viewFork(made, [killed], 'app', now)).toMatchObject({
      restarts: 3,
      exit: { exitCode: 137, signal: '9', outOfMemory: true },
      imageDigest: digest,
    });
  });
});

test('a container has as long as its own probes allow, and half a minute at least', () => {
  const probe = { initialDelaySeconds: 5, periodSeconds: 10, failureThreshold: 6 };
  expect(readyWithinMs(undefined)).toBe(30_000);
  expect(readyWithinMs({ name: 'app', readinessProbe: { periodSeconds: 1 } })).toBe(30_000);
  expect(readyWithinMs({ name: 'app', startupProbe: probe })).toBe(65_000);
});
