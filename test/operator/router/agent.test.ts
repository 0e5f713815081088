import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { drainingFile } from '../../../src/operator/router/files.ts';
import {
  baggage,
  deadAddress,
  type Got,
  get,
  headerOf,
  httpService,
  RawCaller,
  rawService,
} from '../../routing/support.ts';
import { forkPod, keyA, keyB, sandbox, shadow, tombstones } from './objects.ts';
import { errorOf, one, pod, routed, serving, stage, until } from './stage.ts';

test('a sandbox is refused until its fork answers, then routed and seen by a canary, then gone', async () => {
  let ready = false;
  const heard: string[] = [];
  const fork = await httpService(({ method, url }, answer) => {
    heard.push(`${method} ${url}`);
    answer.writeHead(ready || url !== '/healthz' ? 200 : 503).end('fork');
  });
  const probe = { readinessProbe: { httpGet: { path: '/healthz', port: 'http' } } };
  const { api, request, fork: waitFor, ask, receipt } = await stage(one, pod(fork, { container: probe }));
  expect(errorOf(await request(keyA))).toEqual([503, 'fork-not-ready']);
  ready = true;
  const seen = await waitFor('pr-1', routed);
  expect(seen.instance).toBe('pod-pr-1-pricing/0');
  expect(heard).toContain('GET /healthz');
  const got = await request(keyA, '12345678');
  expect([got.body, headerOf(got, 'x-seatrial-routed')]).toEqual(['fork', 'pricing=pr-1']);
  expect((await request(null)).body).toBe('baseline');
  expect((await request(keyB)).body).toBe('baseline');
  const counted = { correlation: '12345678', service: 'pricing' };
  expect((await receipt(keyA)).counts).toEqual([
    { correlation: null, service: 'pricing', destination: 'refused', count: 1 },
    { ...counted, destination: 'fork', instance: 'pod-pr-1-pricing/0', count: 1, failed: 0 },
  ]);
  expect((await ask(`/v1/tombstones?key=${keyA}`)).body).toEqual({ loaded: false });
  api.put(tombstones({ [keyA]: { reason: 'expired' } }));
  await until(async () => (await request(keyA)).status === 503);
  expect(errorOf(await request(keyA))).toEqual([503, 'expired']);
  await until(
    async () => JSON.stringify((await ask(`/v1/tombstones?key=${keyA}`)).body) === '{"loaded":true}',
  );
  api.remove(one);
  expect(errorOf(await request(keyA))).toEqual([503, 'expired']);
});

test('a key counts as taken back by its Sandbox alone, should the list of tombstones go first', async () => {
  const fork = await serving('fork');
  const { api, ask, request, fork: waitFor } = await stage(one, pod(fork));
  await waitFor('pr-1', routed);
  const takenBack = async () => JSON.stringify((await ask(`/v1/tombstones?key=${keyA}`)).body);
  expect(await takenBack()).toBe('{"loaded":false}');
  api.put(sandbox('pr-1', keyA, ['pricing'], { deleted: true }));
  await until(async () => (await takenBack()) === '{"loaded":true}');
  expect(errorOf(await request(keyA))).toEqual([503, 'torn-down']);
  api.remove(one);
  await sleep(300);
  expect((await request(keyA)).status).toBe(503);
  expect(await takenBack()).toBe('{"loaded":true}');
});

test('what was counted of a key is let go when its tombstone ends, and its receipt says so', async () => {
  const { api, request, receipt } = await stage(tombstones({ [keyA]: {} }));
  await request(keyA, '12345678');
  expect(await receipt(keyA)).toMatchObject({
    complete: true,
    counts: [{ destination: 'refused', count: 1 }],
  });
  api.put(tombstones({}));
  await until(async () => !(await receipt(keyA)).complete);
  expect((await receipt(keyA)).counts).toEqual([]);
});

test('says what keeps a fork from serving: its probe answers 503, or nothing listens', async () => {
  const fork = await httpService((_, answer) => answer.writeHead(503).end());
  const probe = { readinessProbe: { httpGet: { path: '/healthz', port: 'http' } } };
  const dead = forkPod('pr-2', 'pricing', { ip: '127.0.0.1', port: (await deadAddress()).port });
  const { fork: waitFor } = await stage(
    one,
    pod(fork, { container: probe }),
    sandbox('pr-2', keyB, ['pricing']),
    dead,
  );
  const unhealthy = await waitFor('pr-1', ({ message }) => message !== null);
  expect(unhealthy).toMatchObject({ state: 'refused', reason: 'fork-not-ready', listens: true });
  expect(unhealthy.message).toMatch(/^Its readiness probe, GET \/healthz on port \d+, got the answer 503\.$/);
  const silent = await waitFor('pr-2', ({ listens }) => listens === false);
  expect(silent.message).toMatch(/^Nothing listens on port \d+ of the fork\.$/);
});

test('a sandbox that is seen before its key is routed once it has one', async () => {
  const fork = await serving('fork');
  const { api, request, fork: waitFor } = await stage(sandbox('pr-1', undefined, ['pricing']), pod(fork));
  expect((await request(keyA)).body).toBe('baseline');
  api.put(one);
  await waitFor('pr-1', routed);
  expect((await request(keyA)).body).toBe('fork');
});

test.for([
  ['whose probe is a command serves when its condition says so', { exec: {} }, true],
  ['without probe serves when its port takes connections', undefined, false],
] as const)('a fork %s', async ([, readinessProbe, byCondition]) => {
  const fork = await serving('fork');
  const container = readinessProbe === undefined ? {} : { readinessProbe };
  const { api, fork: waitFor, request } = await stage(one, pod(fork, { container }));
  if (byCondition) {
    expect(errorOf(await request(keyA))).toEqual([503, 'fork-not-ready']);
    api.put(pod(fork, { container, ready: true }));
  }
  await waitFor('pr-1', routed);
  expect((await request(keyA)).body).toBe('fork');
});

test('a fork that takes no connections is not routed to', async () => {
  const { api, request, fork: waitFor } = await stage(one, pod(await deadAddress(), { ready: true }));
  expect(errorOf(await request(keyA))).toEqual([503, 'fork-not-ready']);
  api.put(pod(await serving('fork'), { uid: 'second', created: '2026-01-02T00:00:00Z' }));
  expect((await waitFor('pr-1', routed)).instance).toBe('second/0');
});

test('a fork that served and stops to answer is refused; that its pod is not Ready alone is not enough', async () => {
  let ready = true;
  const fork = await httpService((_, answer) => answer.writeHead(ready ? 200 : 500).end('fork'));
  const container = { readinessProbe: { httpGet: { port: 'http' } } };
  const { api, fork: waitFor, request } = await stage(one, pod(fork, { container, ready: true }));
  await waitFor('pr-1', routed);
  api.put(pod(fork, { container, ready: false }));
  await sleep(300);
  expect((await request(keyA)).body).toBe('fork');
  ready = false;
  await waitFor('pr-1', ({ state }) => state === 'refused');
  expect(errorOf(await request(keyA))).toEqual([503, 'fork-not-ready']);
  ready = true;
  await waitFor('pr-1', routed);
});

test('a fork whose pod goes is refused at once', async () => {
  const fork = await serving('fork');
  const { api, fork: waitFor, request } = await stage(one, pod(fork));
  await waitFor('pr-1', routed);
  api.put(pod(fork, { deleted: true }));
  await waitFor('pr-1', ({ state }) => state === 'refused');
  expect(errorOf(await request(keyA))).toEqual([503, 'fork-gone']);
});

test('an update of the sandbox: the old fork is refused at once, the new one is routed to when it serves', async () => {
  const old = await serving('old');
  const { api, fork: waitFor, request } = await stage(one, pod(old));
  await waitFor('pr-1', routed);
  api.put(sandbox('pr-1', keyA, ['pricing'], { image: 'y' }));
  await waitFor('pr-1', ({ state }) => state === 'refused');
  expect(errorOf(await request(keyA))).toEqual([503, 'fork-not-ready']);
  api.put(pod(await serving('new'), { uid: 'second', image: 'y' }));
  expect(await waitFor('pr-1', routed)).toMatchObject({ instance: 'second/0' });
  expect((await request(keyA)).body).toBe('new');
});

test('a restart of HAProxy: refused, then the whole table again, under another epoch', async () => {
  const fork = await serving('fork');
  const { haproxy, fork: waitFor, request, receipt } = await stage(one, pod(fork));
  await waitFor('pr-1', routed);
  await request(keyA, '11111111');
  const before = await receipt(keyA);
  await haproxy.restart();
  const answers: Got[] = [];
  await until(async () => {
    const got = await request(keyA);
    answers.push(got);
    return got.status === 200;
  });
  for (const got of answers) {
    if (got.status === 200) expect(got.body).toBe('fork');
    else expect(errorOf(got)).toEqual([503, 'router-not-loaded']);
  }
  expect((await request(null)).body).toBe('baseline');
  expect((await receipt(keyA)).epoch).not.toBe(before.epoch);
});

test('without its agent, a router refuses keyed requests after some seconds, and serves all others', async () => {
  const fork = await serving('fork');
  const { fork: waitFor, request, stopAgent, startAgent } = await stage(one, pod(fork));
  await waitFor('pr-1', routed);
  await stopAgent();
  expect((await request(keyA)).body).toBe('fork');
  await until(async () => (await request(keyA)).status === 503);
  expect(errorOf(await request(keyA))).toEqual([503, 'router-not-loaded']);
  expect((await request('base-000000000000000')).body).toBe('baseline');
  expect((await request(null)).body).toBe('baseline');
  startAgent();
  await until(async () => (await request(keyA)).status === 200);
  expect((await request(keyA)).body).toBe('fork');
});

test('an agent that is started anew refuses nothing that serves', async () => {
  const fork = await serving('fork');
  const { fork: waitFor, request, stopAgent, startAgent } = await stage(one, pod(fork));
  await waitFor('pr-1', routed);
  await stopAgent();
  startAgent();
  const until = Date.now() + 1500;
  while (Date.now() < until) expect((await request(keyA)).body).toBe('fork');
});

test('a router that is about to stop asks its callers to come anew', async () => {
  const { haproxy, pricing } = await stage();
  const answer = async () => {
    const caller = new RawCaller(pricing);
    caller.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    return { text: (await caller.until('baseline')).toLowerCase(), caller };
  };
  expect((await answer()).text).not.toContain('connection: close');
  await writeFile(drainingFile(haproxy.folder), '');
  await until(async () => (await answer()).text.includes('connection: close'));
  const last = await answer();
  await last.caller.closed();
  expect(last.caller.ending).toBe('end');
});

test('a receipt waits for a request whose fork may yet turn out to be unreachable', async () => {
  const fork = await rawService(() => {});
  const { fork: waitFor, pricing, receipt, api } = await stage(one, pod(fork, { ready: true }));
  await waitFor('pr-1', ({ state }) => state === 'routed');
  const pending = get(pricing, [baggage(keyA, '22222222')]).catch(() => null);
  await sleep(50);
  const { counts } = await receipt(keyA, '22222222');
  expect(counts).toMatchObject([{ destination: 'fork', count: 1 }]);
  api.remove(one);
  void pending;
});

test('what the map holds, readiness and figures are told, and nothing else', async () => {
  const { ask, pricing } = await stage();
  const { body } = await ask('/v1/enrolled');
  expect(body).toMatchObject([{ service: 'pricing', routerPort: pricing.port, protocol: 'http' }]);
  expect((await ask('/livez')).status).toBe(200);
  expect((await ask('/v1/routes?sandbox=..%2F')).status).toBe(400);
  expect((await ask(`/v1/receipts?key=${keyA}&correlation=x`)).status).toBe(400);
  expect((await ask('/nothing')).status).toBe(404);
  expect((await ask('/v1/routes?sandbox=unknown')).body).toMatchObject({
    version: 0,
    loaded: true,
    forks: [],
  });
});

test('changes are written one by one: HAProxy gets the whole table once', async () => {
  const fork = await serving('fork');
  const { api, fork: waitFor, agent } = await stage(one, pod(fork));
  await waitFor('pr-1', routed);
  api.put(sandbox('pr-2', keyB, ['pricing']));
  await waitFor('pr-2', ({ state }) => state === 'refused');
  api.put(tombstones({ [keyA]: {} }));
  api.remove(one);
  api.put(sandbox('pr-3', 'cccccccccccccccccccc', ['pricing']));
  await waitFor('pr-3', ({ state }) => state === 'refused');
  const { body } = await get(agent, [], { path: '/metrics' });
  expect(body).toContain('seatrial_router_table_loads_total 1\n');
  expect(body).toContain('seatrial_router_ready 1\n');
});

test('a second Service over the same Deployment leads to the fork too, as callers may know it by either', async () => {
  const fork = await serving('fork');
  const { api, haproxy, request, pricing, fork: waitFor, receipt } = await stage(one, pod(fork));
  const [first = 0, second = 0] = haproxy.httpPorts;
  const baseline = await serving('baseline');
  const workloads = ['pricing'];
  const led = { port: baseline.port, clusterIP: baseline.host, workloads };
  api.put(shadow('pricing', { ...led, routerPort: first }));
  api.put(shadow('prices', { ...led, routerPort: second }));
  await waitFor('pr-1', routed);
  const other = { ...pricing, port: second };
  await until(async () => (await get(other).catch(() => null))?.body === 'baseline');
  const got = await get(other, [baggage(keyA, '12345678')]);
  expect([got.body, headerOf(got, 'x-seatrial-routed')]).toEqual(['fork', 'prices=pr-1']);
  expect((await request(keyA)).body).toBe('fork');
  expect((await receipt(keyA, '12345678')).counts).toMatchObject([
    { service: 'prices', destination: 'fork', count: 1 },
  ]);
  api.remove(pod(fork));
  await until(async () => (await get(other, [baggage(keyA)])).status === 503);
});
