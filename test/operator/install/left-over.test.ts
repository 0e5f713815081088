import { expect, test } from 'vitest';
import { findLeftOver, nameOf } from '../../../src/operator/install/left-over.ts';
import { findObjects, removeObjects } from '../../../src/operator/install/remove.ts';
import { memoryKube } from '../memory-kube.ts';
import { object } from './samples.ts';

const signal = AbortSignal.timeout(30_000);
const namespace = 'shop';
const isServed = (name: string) => name === namespace;
const sandbox = { 'seatrial.dev/sandbox': 'pr-1' };
const original = { 'seatrial.dev/original': '{}' };
const shadow = { 'seatrial.dev/role': 'shadow' };

const ours = [
  object('Deployment', 'seatrial-router', { namespace, of: 'ours' }),
  object('ClusterRole', 'ours:router', { of: 'ours' }),
];
const made = [
  object('Pod', 'seatrial-router-x', { namespace, of: 'ours' }),
  object('Pod', 'pr-1-pricing-x', { namespace, labels: sandbox }),
  object('NetworkPolicy', 'pr-1-pricing', { namespace, labels: sandbox }),
  object('ConfigMap', 'seatrial-tombstones', { namespace }),
  object('Service', 'pricing', { namespace, annotations: original }),
  object('Service', 'pricing-seatrial', { namespace, labels: shadow }),
  object('Sandbox', 'pr-1', { namespace }),
];
const notOurs = [
  object('Deployment', 'seatrial-router', { namespace: 'bank', of: 'theirs' }),
  object('Pod', 'pr-1-pricing-x', { namespace: 'bank', labels: sandbox }),
  object('ConfigMap', 'seatrial-tombstones', { namespace: 'bank' }),
  object('Service', 'pricing', { namespace: 'bank', annotations: original }),
  object('Service', 'tax', { namespace }),
  object('Pod', 'tax-x', { namespace }),
];

test('what is left is all that has a mark of ours, whichever, each once, and nothing of others', async () => {
  const { kube } = memoryKube(...ours, ...made, ...notOurs);
  const left = await findLeftOver(kube, 'ours', isServed, signal);
  const told = left.map(nameOf).toSorted();
  const all = [...ours, ...made].map(({ kind, metadata: { name } }) =>
    kind === 'ClusterRole' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`,
  );
  expect(told).toEqual(all.toSorted());
});

test('an installation’s objects are found by its label alone, and deleted once', async () => {
  const { kube } = memoryKube(...ours, ...made, ...notOurs);
  const found = await findObjects(kube, 'ours', signal);
  expect(found.map(nameOf)).toEqual(['Deployment shop/seatrial-router', 'ClusterRole ours:router']);
  const refs = found.map(({ ref }) => ref);
  await removeObjects(kube, refs, signal);
  // Who removes again finds nothing, which is no error.
  await removeObjects(kube, refs, signal);
  expect(await findObjects(kube, 'ours', signal)).toEqual([]);
  expect(await findObjects(kube, 'theirs', signal)).toHaveLength(1);
});
