import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { noLog } from '../../../src/log.ts';
import { crdProblem, watchCrd } from '../../../src/operator/controller/crd.ts';
import { crdVersion } from '../../../src/sandbox/cluster-names.ts';

const crd = (version: string | null, more: object = {}): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'sandboxes.seatrial.dev',
    ...(version === null ? {} : { annotations: { 'seatrial.dev/crd-version': version } }),
    ...more,
  },
});

test('a CRD that is missing, going or older is a problem, and names the next step; a newer one is none', () => {
  expect(crdProblem(null)).toMatchObject({ reason: 'CrdMissing' });
  expect(crdProblem(crd('9', { deletionTimestamp: '2026-11-22T20:00:00Z' }))).toMatchObject({
    reason: 'CrdMissing',
  });
  expect(crdProblem(crd(String(crdVersion - 1)))).toMatchObject({
    reason: 'CrdOlder',
    message: expect.stringContaining(`version ${crdVersion - 1}, and the controller needs ${crdVersion}`),
    next: expect.stringContaining('seatrial install'),
  });
  expect(crdProblem(crd(null))).toMatchObject({ reason: 'CrdOlder' });
  expect([crdProblem(crd(String(crdVersion))), crdProblem(crd(String(crdVersion + 1)))]).toEqual([
    null,
    null,
  ]);
});

test('where the CRD may not be read nothing is held against it', async () => {
  const stop = new AbortController();
  const kube = { get: () => Promise.reject(new Error('forbidden')) };
  const watch = await watchCrd(kube, noLog, stop.signal);
  expect(watch.problem()).toBeNull();
  stop.abort();
});
