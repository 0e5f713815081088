import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../src/kube/objects.ts';
import { heldByOthers, heldUpBy } from '../../../src/operator/controller/held-up.ts';

const due = '2026-11-22T20:00:10Z';
const at = (seconds: number) => Date.parse('2026-11-22T20:00:00Z') + seconds * 1000;
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'sbx-1', namespace: 'shop', deletionTimestamp: due },
  spec: { nodeName: 'node-7', containers: [] },
};

describe('what holds a teardown up', () => {
  test('is nothing where no pod is ending', () => {
    expect(heldUpBy([], at(0))).toBeNull();
    const { deletionTimestamp: _, ...metadata } = pod.metadata;
    expect(heldUpBy([{ ...pod, metadata }], at(0))).toBeNull();
  });

  test('is not told while a pod may still be ending, and looked at when it should have', () => {
    expect(heldUpBy([pod], at(12))).toEqual({ message: '', recheckMs: 18_050 });
  });

  test('is a pod whose node does not say that it ended: named, with what to do', () => {
    const { message = '' } = heldUpBy([pod], at(31)) ?? {};
    expect(message).toContain('Pod sbx-1 on node node-7 has not ended');
    expect(message).toContain('kubectl -n shop delete pod sbx-1 --force');
  });

  test('is a fork that others hold when its pods are gone: named, with what to do', () => {
    const fork = (...finalizers: string[]) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'sbx-1', namespace: 'shop', deletionTimestamp: due, finalizers },
    });
    expect(heldByOthers([fork('foregroundDeletion')])).toBeNull();
    const { message = '' } = heldByOthers([fork('foregroundDeletion', 'audit.example/keep')]) ?? {};
    expect(message).toContain('Deployment sbx-1 is deleted, and held by the finalizers audit.example/keep.');
    expect(message).toContain('kubectl -n shop edit deployment sbx-1');
  });

  test('names finalizers of others', () => {
    const held = { ...pod, metadata: { ...pod.metadata, finalizers: ['job.example/keep'] } };
    expect(heldUpBy([held], at(31))?.message).toContain('job.example/keep');
  });
});
