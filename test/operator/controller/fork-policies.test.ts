import { beforeEach, expect, test } from 'vitest';
import type { KubeApi } from '../../../src/kube/api.ts';
import type { Deployment, NetworkPolicy } from '../../../src/kube/objects.ts';
import { keepPolicies } from '../../../src/operator/controller/fork-policies.ts';
import { newMemory } from '../../../src/operator/controller/memory.ts';
import { deployment, owner } from '../fork/samples.ts';

const signal = AbortSignal.timeout(30_000);
const baseline = deployment('pricing');
const labels = { 'seatrial.dev/sandbox': 'pr-42', 'seatrial.dev/service': 'pricing' };
const fork: Deployment = {
  ...baseline,
  spec: { ...baseline.spec, template: { ...baseline.spec.template, metadata: { labels } } },
};
const policy = (name: string, port: number): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'shop' },
  spec: { podSelector: { matchLabels: { app: 'pricing' } }, ingress: [{ ports: [{ port }] }] },
});

let writes: string[] = [];
/** What the API has, which the watch tells of only when `see` is called. */
let there = new Map<string, NetworkPolicy>();
let seen: readonly NetworkPolicy[] = [];
let versions = 0;
const see = () => {
  seen = [...there.values()];
};
const write = (name: string, object: NetworkPolicy) => {
  versions += 1;
  const metadata = { ...object.metadata, uid: name, resourceVersion: String(versions) };
  there.set(name, { ...object, metadata });
  return there.get(name);
};
const kube = {
  create: async (_: unknown, object: NetworkPolicy) => {
    writes.push('create');
    return write(object.metadata.name, object);
  },
  patch: async (
    { name }: { readonly name: string },
    { operations }: { readonly operations: readonly { readonly value: NetworkPolicy['spec'] }[] },
  ) => {
    writes.push('patch');
    const before = there.get(name);
    return before === undefined
      ? null
      : write(name, { ...before, spec: operations[0]?.value ?? before.spec });
  },
  delete: async ({ name }: { readonly name: string }) => {
    writes.push('delete');
    return there.delete(name);
  },
} as unknown as KubeApi;
const stores = {
  policies: {
    synced: Promise.resolve(),
    get: () => null,
    list: () => seen,
    ofSandbox: () => seen,
  },
};

let memory = newMemory();
beforeEach(() => {
  writes = [];
  there = new Map();
  seen = [];
  memory = newMemory();
});

async function keep(...policies: readonly NetworkPolicy[]): Promise<readonly unknown[]> {
  const subject = { namespace: 'shop', name: 'pr-42', memory };
  await keepPolicies({ kube, stores }, subject, owner, 'pricing', baseline, fork, { policies }, signal);
  return [...there.values()].map(({ spec }) => spec.ingress?.[0]);
}

test('a policy of the baseline that comes, changes and goes is followed by the fork', async () => {
  expect(await keep()).toEqual([]);
  expect(await keep(policy('later', 81))).toEqual([{ ports: [{ port: 81 }] }]);
  see();
  expect(await keep(policy('later', 82))).toEqual([{ ports: [{ port: 82 }] }]);
  see();
  expect(await keep()).toEqual([]);
  expect(writes).toEqual(['create', 'patch', 'delete']);
});

test('nothing is written twice while the watch is behind, nor where nothing changed', async () => {
  await keep(policy('a', 81));
  await keep(policy('a', 81));
  see();
  await keep(policy('a', 81));
  expect(writes).toEqual(['create']);
});

test('one that was deleted or changed by hand is put right', async () => {
  await keep(policy('a', 81));
  see();
  await keep(policy('a', 81));
  there.clear();
  see();
  expect(await keep(policy('a', 81))).toEqual([{ ports: [{ port: 81 }] }]);
  see();
  await keep(policy('a', 81));
  const [only] = there.values();
  if (only !== undefined) write(only.metadata.name, { ...only, spec: { ...only.spec, ingress: [] } });
  see();
  expect(await keep(policy('a', 81))).toEqual([{ ports: [{ port: 81 }] }]);
});
