import { expect, test } from 'vitest';
import type { Pod } from '../../../src/kube/objects.ts';
import { afterServing } from '../../../src/operator/controller/after-serving.ts';
import type { ForkView } from '../../../src/operator/fork/fork-state.ts';

function view(restarts: number, state: object, exitCode: number | null): ForkView {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', uid: 'u' },
    spec: { containers: [{ name: 'app' }] },
    status: { containerStatuses: [{ name: 'app', restartCount: restarts, state }] },
  };
  return {
    state: { kind: 'running', startedEpochMs: 0, podReady: true },
    pod,
    restarts,
    exit: exitCode === null ? null : { exitCode, outOfMemory: false },
    imageDigest: null,
  };
}
const served = { service: 's', podUID: 'u', restarts: 0, ready: true };
const again = view(1, { running: {} }, 7);

test('a fork that ended after it served has failed, before and after the kubelet starts it again', () => {
  expect(afterServing(view(0, { terminated: {} }, 7), 'app', served).state).toMatchObject({
    kind: 'failed',
    reason: 'Exited',
    log: { previous: false },
  });
  expect(afterServing(again, 'app', served).state).toMatchObject({
    reason: 'Exited',
    message: 'Container app ended with exit code 7 while it served.',
    log: { previous: true },
  });
});

test('it stays failed though it runs again, until another pod takes its place', () => {
  const told = { service: 's', podUID: 'u', restarts: 1, ready: false, reason: 'Exited' };
  expect(afterServing(again, 'app', told).state.kind).toBe('failed');
  expect(afterServing(again, 'app', { ...told, podUID: 'other' })).toBe(again);
});

test('one that ended before it was ready for the first time may still come up', () => {
  expect(afterServing(again, 'app', { ...served, ready: false })).toBe(again);
  expect(afterServing(again, 'app', undefined)).toBe(again);
  expect(afterServing(view(0, { running: {} }, null), 'app', served).state.kind).toBe('running');
});
