import { describe, expect, test } from 'vitest';
import type { Service } from '../../../src/kube/objects.ts';
import { driftOf, howToKeep, oneMore } from '../../../src/operator/enrolment/drift.ts';
import { driftAnnotation } from '../../../src/operator/enrolment/names.ts';

const service = (managedFields: readonly unknown[] = [], note?: string): Service =>
  ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'pricing',
      namespace: 'shop',
      managedFields,
      ...(note === undefined ? {} : { annotations: { [driftAnnotation]: note } }),
    },
    spec: {},
  }) as Service;

const owner = (manager: string, time: string, fields: unknown = { 'f:selector': {} }) => ({
  manager,
  time,
  fieldsV1: { 'f:spec': fields },
});

test('a note that was broken by hand counts as none', () => {
  expect(driftOf(service([], 'no JSON'))).toEqual(driftOf(service()));
});

test.each([
  ['who owns the selector', [owner('helm', 't1'), owner('hpa', 't2', {})], 'helm'],
  ['the last of several', [owner('helm', 't1'), owner('kubectl', 't2')], 'kubectl'],
  ['who wrote last, where nobody owns it', [owner('a', 't1', {}), owner('b', 't2', {})], 'b'],
  ['never us', [owner('helm', 't1'), owner('seatrial-controller', 't9')], 'helm'],
  ['nobody', [], 'unknown'],
])('names %s', (_, entries, manager) => {
  expect(oneMore(driftOf(service()), service(entries), 1)).toMatchObject({ manager, count: 1, at: 1 });
});

describe('what to set, by the manager', () => {
  test.each([
    ['argocd-controller', 'RespectIgnoreDifferences=true'],
    ['kustomize-controller', 'kustomize.toolkit.fluxcd.io/ssa: IfNotPresent'],
    ['helm-controller', 'driftDetection'],
    ['helm', 'seatrial release pricing before helm upgrade'],
    ['somebody', 'out of what somebody applies'],
  ])('%s', (manager, words) => {
    const text = howToKeep(manager, service());
    expect(text).toContain(words);
    expect(text).toContain('seatrial enroll pricing');
  });
});
