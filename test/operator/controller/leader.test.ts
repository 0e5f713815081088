import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type KubeApi, KubeError, type Patch } from '../../../src/kube/api.ts';
import type { Lease } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { noLog } from '../../../src/log.ts';
import { guardWrites } from '../../../src/operator/controller/guarded-kube.ts';
import { type Leadership, runElection } from '../../../src/operator/controller/leader.ts';

const times = { leaseMs: 1_000, renewWithinMs: 600, retryMs: 50 };
const ends: AbortController[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end.abort();
});

/** The one Lease in memory, with the API's own guard against writes over older news. */
function leaseStore() {
  let lease: Lease | null = null;
  let version = 0;
  const store = (next: Lease): Lease => {
    version += 1;
    lease = { ...next, metadata: { ...next.metadata, resourceVersion: String(version) } };
    return lease;
  };
  /** `reached` false: the API does not answer this replica. */
  const kubeFor = (replica: { reached: boolean }): KubeApi => {
    const check = () => {
      if (!replica.reached) throw new KubeError(0, 'Unreachable', 'the API does not answer');
    };
    const kube: Partial<KubeApi> = {
      get: async <T>() => {
        check();
        return lease as T | null;
      },
      create: async <T>(_: unknown, object: T) => {
        check();
        if (lease !== null) throw new KubeError(409, 'AlreadyExists', 'it is there');
        return store(object as Lease) as T;
      },
      patch: async <T>(_: unknown, patch: Patch) => {
        check();
        if (lease === null || patch.kind !== 'merge') throw new KubeError(404, 'NotFound', 'it is not there');
        const { metadata, spec } = patch.body as Lease;
        if (metadata.resourceVersion !== lease.metadata.resourceVersion) {
          throw new KubeError(409, 'Conflict', 'it was changed meanwhile');
        }
        return store({ ...lease, spec: { ...lease.spec, ...spec } }) as T;
      },
    };
    return kube as KubeApi;
  };
  return { kubeFor, holder: () => lease?.spec?.holderIdentity ?? '' };
}

interface Replica {
  reached: boolean;
  leads: boolean;
  leadership: Leadership | null;
  stop: AbortController;
  ended: Promise<void>;
}

function startReplica(store: ReturnType<typeof leaseStore>, identity: string): Replica {
  const stop = new AbortController();
  ends.push(stop);
  const replica: Replica = { reached: true, leads: false, leadership: null, stop, ended: Promise.resolve() };
  const options = { kube: store.kubeFor(replica), namespace: 's', name: 'l', identity, log: noLog, times };
  replica.ended = runElection(
    options,
    async (leadership, signal) => {
      replica.leads = true;
      replica.leadership = leadership;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      replica.leads = false;
    },
    stop.signal,
  );
  return replica;
}

const poll = (holds: () => boolean) => expect.poll(holds, { timeout: 20_000, interval: 5 }).toBe(true);

test('one of two replicas leads, and the other follows when it gives the Lease back', async () => {
  const store = leaseStore();
  const one = startReplica(store, 'one');
  await poll(() => one.leads);
  const two = startReplica(store, 'two');
  await sleep(200);
  expect(two.leads).toBe(false);
  one.stop.abort();
  await one.ended;
  expect(store.holder()).not.toBe('one');
  await poll(() => two.leads);
});

test('a leader that the API does not answer to may not write any more before another one leads', async () => {
  const store = leaseStore();
  const one = startReplica(store, 'one');
  await poll(() => one.leads);
  const two = startReplica(store, 'two');
  one.reached = false;
  await poll(() => two.leads);
  expect(one.leadership?.held()).toBe(false);
  expect(two.leadership?.held()).toBe(true);
});

test('a leader that was stopped beyond its lease may not write when it goes on, before it hears of anything', async () => {
  const store = leaseStore();
  const one = startReplica(store, 'one');
  await poll(() => one.leads);
  const { leadership } = one;
  // As SIGSTOP does: nothing of the process runs, its clock goes on.
  const until = performance.now() + times.renewWithinMs + 100;
  while (performance.now() < until);
  const written: string[] = [];
  const kube = guardWrites(
    { ...store.kubeFor(one), create: async (_, object) => object },
    () => leadership?.held() ?? false,
    ({ resource }) => written.push(resource),
  );
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'late' } };
  await expect(kube.create(resources.configMaps, object, AbortSignal.timeout(1_000))).rejects.toMatchObject({
    reason: 'NotLeader',
  });
  expect(written).toEqual([]);
});
