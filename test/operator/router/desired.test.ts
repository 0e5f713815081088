import { describe, expect, test } from 'vitest';
import {
  type Desired,
  desiredTable,
  emptyMemory,
  endedKeys,
  localTombstoneMs,
  type RouterMemory,
  type RouterWorld,
} from '../../../src/operator/router/desired.ts';
import { mapEntries } from '../../../src/routing/haproxy/entries.ts';
import { forkPod, keyA, keyB, sandbox, shadow, tombstones } from './objects.ts';

const pricing = shadow('pricing', { port: 80, routerPort: 20_000 });
const tax = shadow('tax', { port: 80, routerPort: 20_001, targetPort: 9000, clusterIP: '10.96.0.8' });
const empty: RouterWorld = { shadows: [pricing, tax], sandboxes: [], pods: [], tombstones: null };

interface Options {
  readonly serves?: (instance: string) => boolean;
  readonly memory?: RouterMemory;
  readonly now?: number;
}

function desired(world: Partial<RouterWorld>, options: Options = {}): Desired {
  const { serves = () => true, memory = emptyMemory, now = 0 } = options;
  return desiredTable({ ...empty, ...world }, serves, memory, now);
}

/** The entries of keys alone. */
function keyed(found: Desired): Record<string, string> {
  return Object.fromEntries([...mapEntries(found.table)].filter(([name]) => /^\d+:/.test(name)));
}

const one = sandbox('pr-1', keyA, ['pricing']);
const running = forkPod('pr-1', 'pricing');
const toFork = { [`20000:${keyA}`]: 'f 10.0.0.9 8080 pr-1 pod-pr-1-pricing/0' };
const refused = (reason: string) => ({ [`20000:${keyA}`]: `r ${reason}` });

test('a port that another container answers, as in the baseline, is refused: what it says proves nothing', () => {
  const admin = shadow('pricing', { port: 80, routerPort: 20_000 });
  const second = { name: 'proxy', image: 'p', ports: [{ name: 'http', containerPort: 80 }] };
  const pod = (annotations: Readonly<Record<string, string>>, image = 'p') => ({
    ...running,
    metadata: { ...running.metadata, annotations: { ...running.metadata.annotations, ...annotations } },
    spec: {
      containers: [
        { name: 'app', image: 'x' },
        { ...second, image },
      ],
    },
    status: {
      ...running.status,
      containerStatuses: ['app', 'proxy'].map((name) => ({ name, restartCount: 0, state: { running: {} } })),
    },
  });
  const found = (one: typeof running) =>
    keyed(desired({ shadows: [admin], sandboxes: [sandbox('pr-1', keyA, ['pricing'])], pods: [one] }));
  const chosen = { 'seatrial.dev/container': 'app' };
  expect(found(pod(chosen))).toEqual({ [`20000:${keyA}`]: 'r fork-without-port' });
  const led = { [`20000:${keyA}`]: 'f 10.0.0.9 80 pr-1 pod-pr-1-pricing/0' };
  expect(found(pod({ 'seatrial.dev/container': 'proxy' }))).toEqual(led);
  expect(found(pod({ ...chosen, 'seatrial.dev/serves': 'app' }))).toEqual(led);
  expect(found(pod(chosen, 'x'))).toEqual(led);
});

test('enrolled Services are ports of the router', () => {
  expect(Object.fromEntries(mapEntries(desired({}).table))).toEqual({
    '20000': '10.96.0.7 80 pricing keep',
    '20001': '10.96.0.8 80 tax keep',
  });
});

test('a Service that is being released asks its callers to come anew', () => {
  const shadows = [shadow('pricing', { port: 80, routerPort: 20_000, releasing: true })];
  expect(mapEntries(desired({ shadows }).table).get('20000')).toBe('10.96.0.7 80 pricing close');
});

test('a fork that serves is routed to, at the port that the shadow Service names', () => {
  expect(keyed(desired({ sandboxes: [one], pods: [running] }))).toEqual(toFork);
  const taxed = sandbox('pr-1', keyA, ['tax']);
  expect(keyed(desired({ sandboxes: [taxed], pods: [forkPod('pr-1', 'tax')] }))).toEqual({
    [`20001:${keyA}`]: 'f 10.0.0.9 9000 pr-1 pod-pr-1-tax/0',
  });
});

test('a pod of what the Sandbox said before its last change is refused at once: it runs other code', () => {
  const before = forkPod('pr-1', 'pricing', { image: 'earlier' });
  expect(keyed(desired({ sandboxes: [one], pods: [before] }))).toEqual(refused('fork-not-ready'));
  expect(keyed(desired({ sandboxes: [one], pods: [before, running] }))).toEqual(toFork);
});

test('a fork whose pod has no such port is refused, not sent to the baseline', () => {
  const pod = forkPod('pr-1', 'pricing', { container: { ports: [{ name: 'admin', containerPort: 1 }] } });
  expect(keyed(desired({ sandboxes: [one], pods: [pod] }))).toEqual(refused('fork-without-port'));
});

describe('a second Service that leads to the Deployment of a fork', () => {
  const shadows = [
    shadow('pricing', { port: 80, routerPort: 20_000, workloads: ['pricing'] }),
    shadow('prices', { port: 8080, routerPort: 20_002, workloads: ['pricing'] }),
    shadow('tax', { port: 80, routerPort: 20_001, targetPort: 9000, workloads: ['tax'] }),
    shadow('all', { port: 80, routerPort: 20_003, workloads: ['pricing', 'tax'] }),
  ];
  const fork = 'f 10.0.0.9 8080 pr-1 pod-pr-1-pricing/0';

  test('leads to the fork as well, and to no baseline while the fork cannot serve', () => {
    const served = desired({ shadows, sandboxes: [one], pods: [running] });
    expect(keyed(served)).toEqual({
      [`20000:${keyA}`]: fork,
      [`20002:${keyA}`]: fork,
      [`20003:${keyA}`]: fork,
    });
    const gone = keyed(desired({ shadows, sandboxes: [one] }));
    expect(new Set(Object.values(gone))).toEqual(new Set(['r fork-not-ready']));
    expect(Object.keys(gone)).toEqual(Object.keys(keyed(served)));
  });

  test('refuses the key of a sandbox that is gone', () => {
    const listed = { shadows, tombstones: tombstones({ [keyA]: { reason: 'expired' } }) };
    expect(keyed(desired(listed))).toEqual({
      [`20000:${keyA}`]: 'r expired',
      [`20002:${keyA}`]: 'r expired',
      [`20003:${keyA}`]: 'r expired',
    });
  });

  test('leads to its own fork where the sandbox has one, and nowhere where two would do', () => {
    const both = sandbox('pr-1', keyA, ['pricing', 'tax', 'prices']);
    const pods = [running, forkPod('pr-1', 'tax'), forkPod('pr-1', 'prices', { ip: '10.0.0.12' })];
    expect(keyed(desired({ shadows, sandboxes: [both], pods }))).toEqual({
      [`20000:${keyA}`]: fork,
      [`20001:${keyA}`]: 'f 10.0.0.9 9000 pr-1 pod-pr-1-tax/0',
      [`20002:${keyA}`]: 'f 10.0.0.12 8080 pr-1 pod-pr-1-prices/0',
      [`20003:${keyA}`]: 'r fork-ambiguous',
    });
  });

  test('is left alone where the fork was made of another of its Deployments', () => {
    const plain = sandbox('pr-1', keyA, ['all']);
    const forks = [{ service: 'all', workload: 'tax', source: { image: 'x' } }];
    const named = { ...plain, spec: { ...plain.spec, forks } };
    expect(Object.keys(keyed(desired({ shadows, sandboxes: [named] })))).toEqual([
      `20003:${keyA}`,
      `20001:${keyA}`,
    ]);
  });

  test('has no say in whether the fork serves: that is asked at the ports of its own Service', () => {
    const { forks } = desired({ shadows, sandboxes: [one], pods: [running] });
    expect([...(forks[0]?.addresses.keys() ?? [])]).toEqual([20_000]);
  });
});

test('a sandbox without a key has no entries', () => {
  const early = sandbox('pr-1', undefined, ['pricing']);
  expect(keyed(desired({ sandboxes: [early], pods: [running] }))).toEqual({});
});

test.for([
  ['that is late', {}, []],
  ['without address', {}, [forkPod('pr-1', 'pricing', { ip: '' })]],
  ['that waits to start', {}, [forkPod('pr-1', 'pricing', { state: 'waiting' })]],
  ['that does not answer yet', { serves: () => false }, [running]],
  ['that is being deleted', {}, [forkPod('pr-1', 'pricing', { deleted: true })]],
  ['of another sandbox', {}, [forkPod('pr-2', 'pricing')]],
  ['of another service', {}, [forkPod('pr-1', 'tax')]],
] as const)('a fork with a pod %s is refused', ([, options, pods]) => {
  expect(keyed(desired({ sandboxes: [one], pods }, options))).toEqual(refused('fork-not-ready'));
});

test('of two pods the newer one serves, even if only the older answers', () => {
  const old = forkPod('pr-1', 'pricing', { uid: 'old' });
  const fresh = forkPod('pr-1', 'pricing', { uid: 'new', created: '2026-01-01T00:00:09Z', ip: '10.0.0.10' });
  const world = { sandboxes: [one], pods: [fresh, old] };
  expect(keyed(desired(world))).toEqual({ [`20000:${keyA}`]: 'f 10.0.0.10 8080 pr-1 new/0' });
  expect(keyed(desired(world, { serves: (instance) => instance === 'old/0' }))).toEqual(
    refused('fork-not-ready'),
  );
});

test('a fork that restarts after it served has exited for good; one that did so before serves', () => {
  const first = desired({ sandboxes: [one], pods: [running] });
  const restarted = forkPod('pr-1', 'pricing', { restarts: 1 });
  const world = { sandboxes: [one], pods: [restarted] };
  expect(keyed(desired(world, { memory: first.memory }))).toEqual(refused('fork-exited'));
  expect(keyed(desired(world))).toEqual({ [`20000:${keyA}`]: 'f 10.0.0.9 8080 pr-1 pod-pr-1-pricing/1' });
});

test('a fork that the controller saw exit is refused by an agent that did not see it', () => {
  const status = { service: 'pricing', podUID: 'pod-pr-1-pricing', restarts: 1, ready: false };
  const exit = { exitCode: 1, outOfMemory: false };
  const pods = [forkPod('pr-1', 'pricing', { restarts: 1 })];
  const told = sandbox('pr-1', keyA, ['pricing'], { forks: [{ ...status, exit }] });
  expect(keyed(desired({ sandboxes: [told], pods }))).toEqual(refused('fork-exited'));
  const older = sandbox('pr-1', keyA, ['pricing'], { forks: [{ ...status, podUID: 'before', exit }] });
  expect(keyed(desired({ sandboxes: [older], pods }))[`20000:${keyA}`]).toMatch(/^f /);
});

test('after an update nothing serves until the new fork does: neither the old fork nor the baseline', () => {
  const old = forkPod('pr-1', 'pricing', { uid: 'old' });
  const first = desired({ sandboxes: [one], pods: [old] });
  const sandboxes = [sandbox('pr-1', keyA, ['pricing'], { image: 'y' })];
  const told = desired({ sandboxes, pods: [old] }, { memory: first.memory });
  expect(keyed(told)).toEqual(refused('fork-not-ready'));
  const next = forkPod('pr-1', 'pricing', { uid: 'new', image: 'y' });
  const starting = { sandboxes, pods: [old, next] };
  const notYet = { memory: told.memory, serves: (instance: string) => instance === 'old/0' };
  expect(keyed(desired(starting, notYet))).toEqual(refused('fork-not-ready'));
  expect(keyed(desired(starting, { memory: told.memory }))).toEqual({
    [`20000:${keyA}`]: 'f 10.0.0.9 8080 pr-1 new/0',
  });
});

test('a pod of an older revision that is newer by the clock does not serve', () => {
  const mine = forkPod('pr-1', 'pricing', { uid: 'mine' });
  const other = forkPod('pr-1', 'pricing', { uid: 'other', image: 'y', created: '2027-01-01T00:00:00Z' });
  expect(keyed(desired({ sandboxes: [one], pods: [mine, other] }))).toEqual({
    [`20000:${keyA}`]: 'f 10.0.0.9 8080 pr-1 mine/0',
  });
});

test('a pod that is replaced is another instance', () => {
  const first = desired({ sandboxes: [one], pods: [running] });
  const between = desired({ sandboxes: [one] }, { memory: first.memory });
  expect(keyed(between)).toEqual(refused('fork-not-ready'));
  const pods = [forkPod('pr-1', 'pricing', { uid: 'second' })];
  expect(keyed(desired({ sandboxes: [one], pods }, { memory: between.memory }))).toEqual({
    [`20000:${keyA}`]: 'f 10.0.0.9 8080 pr-1 second/0',
  });
});

test('a fork that was taken out of a living sandbox leaves its requests to the baseline', () => {
  const both = sandbox('pr-1', keyA, ['pricing', 'tax']);
  const pods = [running, forkPod('pr-1', 'tax')];
  const first = desired({ sandboxes: [both], pods });
  expect(Object.keys(keyed(first))).toEqual([`20000:${keyA}`, `20001:${keyA}`]);
  expect(keyed(desired({ sandboxes: [one], pods }, { memory: first.memory }))).toEqual(toFork);
});

test('two sandboxes fork one service', () => {
  const two = sandbox('pr-2', keyB, ['pricing']);
  const pods = [running, forkPod('pr-2', 'pricing', { ip: '10.0.0.11' })];
  expect(keyed(desired({ sandboxes: [one, two], pods }))).toEqual({
    ...toFork,
    [`20000:${keyB}`]: 'f 10.0.0.11 8080 pr-2 pod-pr-2-pricing/0',
  });
});

test('a sandbox that is being deleted is refused before its tombstone is there', () => {
  const going = sandbox('pr-1', keyA, ['pricing'], { deleted: true });
  expect(keyed(desired({ sandboxes: [going], pods: [running] }))).toEqual(refused('torn-down'));
});

test('a tombstone wins over a fork that still serves', () => {
  const world = {
    sandboxes: [one],
    pods: [running],
    tombstones: tombstones({ [keyA]: { reason: 'expired' } }),
  };
  expect(keyed(desired(world))).toEqual(refused('expired'));
});

test('a sandbox that went without a tombstone is remembered for an hour', () => {
  const first = desired({ sandboxes: [one], pods: [running] });
  const gone = desired({}, { memory: first.memory, now: 1000 });
  expect(keyed(gone)).toEqual(refused('sandbox-gone'));
  const later = desired({}, { memory: gone.memory, now: 999 + localTombstoneMs });
  expect(keyed(later)).toEqual(refused('sandbox-gone'));
  expect(keyed(desired({}, { memory: later.memory, now: 1000 + localTombstoneMs }))).toEqual({});
});

test('hops of a key are kept until its tombstone ends', () => {
  const first = desired({ sandboxes: [one] });
  const listed = { tombstones: tombstones({ [keyA]: {} }) };
  const torn = desired(listed, { memory: first.memory, now: 1000 });
  expect(endedKeys(first.table, torn.table)).toEqual([]);
  const late = desired(listed, { memory: torn.memory, now: 1000 + localTombstoneMs });
  expect(endedKeys(torn.table, late.table)).toEqual([]);
  const ended = desired({}, { memory: late.memory, now: 2000 + localTombstoneMs });
  expect(endedKeys(late.table, ended.table)).toEqual([keyA]);
  expect(endedKeys(ended.table, ended.table)).toEqual([]);
});

test('the tombstone that comes late says why; services that it does not name stay refused', () => {
  const both = sandbox('pr-1', keyA, ['pricing', 'tax']);
  const { memory } = desired({ sandboxes: [both] });
  const late = { tombstones: tombstones({ [keyA]: { reason: 'expired' } }) };
  expect(keyed(desired(late, { memory }))).toEqual({
    ...refused('expired'),
    [`20001:${keyA}`]: 'r sandbox-gone',
  });
});

test('an agent that was started anew goes by the objects alone', () => {
  const world = { sandboxes: [one], pods: [running], tombstones: tombstones({ [keyB]: {} }) };
  expect(keyed(desired(world))).toEqual({ ...toFork, [`20000:${keyB}`]: 'r torn-down' });
});

test('the reserved key is never a sandbox, whoever writes it', () => {
  const reserved = 'base-000000000000000';
  const odd = sandbox('pr-1', reserved, ['pricing']);
  const world = { sandboxes: [odd], pods: [running], tombstones: tombstones({ [reserved]: {} }) };
  expect(keyed(desired(world))).toEqual({});
});

test('what others wrote into objects never breaks the table', () => {
  const broken = {
    ...pricing,
    metadata: { ...pricing.metadata, annotations: { 'seatrial.dev/routes': '[{]' } },
  };
  const list = tombstones({
    [keyA]: { reason: 'two words; del map' },
    short: {},
    [keyB]: { services: ['a b'] },
  });
  const garbage = { ...list, data: { ...list.data, cccccccccccccccccccc: 'no json' } };
  const found = desired({ shadows: [broken, pricing], tombstones: garbage });
  expect(keyed(found)).toEqual(refused('sandbox-gone'));
});
