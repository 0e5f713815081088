import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Progress } from '../../src/host/api.ts';
import { type Shop, shop } from './shop.ts';
import { call, git } from './support.ts';

let place: Shop;
beforeEach(async () => {
  place = await shop();
});
afterEach(() => place.end());

const provision = (more: object = {}, workingTree = place.repo) => ({
  workingTree,
  waitSeconds: 40,
  ...more,
});
const total = async (url: string | undefined) => {
  const answer = await fetch(`${url}/cart`);
  return ((await answer.json()) as { total: number }).total;
};

test('what the working tree changed becomes forks; the same call again changes nothing', async () => {
  place.edit('price/server.mjs', '1250', '1300');
  const seen: Progress[] = [];
  const view = await place.client.provision(provision(), call(seen));
  expect(view.sandbox).toMatchObject({ state: 'ready', generation: 1 });
  expect(view.sandbox.name).toMatch(/^main-[0-9a-f]{6}$/);
  expect(view.sandbox.forks.map(({ service }) => service)).toEqual(['price']);
  expect(view.headers).toEqual({ baggage: `seatrial=${view.sandbox.routingKey}` });
  expect(seen[0]?.message).toContain('Starting the baseline');
  expect(await total(view.urls.shop)).toBe(2600);
  const again = await place.client.provision(provision(), call());
  expect(again.sandbox).toMatchObject({ routingKey: view.sandbox.routingKey, generation: 1 });
  expect(again.sandbox.forks[0]?.instance).toBe(view.sandbox.forks[0]?.instance);
  const removal = await place.client.teardown({ workingTree: place.repo, all: true }, call());
  expect(removal).toMatchObject({ sandboxes: [view.sandbox.name], left: [] });
});

test('an edit updates the same sandbox under the same key', async () => {
  place.edit('price/server.mjs', '1250', '1300');
  const before = await place.client.provision(provision(), call());
  place.edit('price/server.mjs', '1300', '1400');
  const after = await place.client.provision(provision({ sandbox: before.sandbox.name }), call());
  expect(after.sandbox).toMatchObject({
    state: 'ready',
    generation: 2,
    routingKey: before.sandbox.routingKey,
  });
  expect(await total(after.urls.shop)).toBe(2800);
  await place.client.teardown({ workingTree: place.repo, sandbox: before.sandbox.name }, call());
});

test('a service that ends at start is a failed sandbox with its last lines, and mending it mends the sandbox', async () => {
  place.edit('price/server.mjs', 'createServer(', 'throw new Error("no price today"); (');
  const view = await place.client.provision(provision(), call());
  expect(view.sandbox.state).toBe('failed');
  expect(view.sandbox.reason?.next).toBeTruthy();
  expect(view.sandbox.forks[0]?.logTail.join('\n')).toContain('no price today');
  git(place.repo, 'checkout', '-q', 'price/server.mjs');
  place.edit('price/server.mjs', '1250', '1300');
  const mended = await place.client.provision(provision(), call());
  expect(mended.sandbox.state).toBe('ready');
  await place.client.teardown({ workingTree: place.repo, all: true }, call());
});

test('a call waits no longer than asked, and the work goes on', async () => {
  const changes = [{ service: 'price', env: { START_MS: '1500' } }];
  const view = await place.client.provision(provision({ changes, waitSeconds: 0 }), call());
  expect(view.sandbox.state).toBe('provisioning');
  expect(view.urls).toEqual({});
  const later = await place.client.provision(provision({ sandbox: view.sandbox.name }), call());
  expect(later.sandbox).toMatchObject({ state: 'ready', generation: 1 });
  await place.client.teardown({ workingTree: place.repo, all: true }, call());
});

test('two working trees share the host and the baseline, and neither touches the sandbox of the other', async () => {
  const second = join(place.root, 'second');
  git(place.repo, 'worktree', 'add', '-q', '-b', 'other', second);
  const other = await place.connect(second);
  place.edit('price/server.mjs', '1250', '1300');
  place.edit('price/server.mjs', '1250', '1350', second);
  const [mine, theirs] = await Promise.all([
    place.client.provision(provision(), call()),
    other.provision(provision({}, second), call()),
  ]);
  expect([await total(mine.urls.shop), await total(theirs.urls.shop)]).toEqual([2600, 2700]);
  const { name } = theirs.sandbox;
  for (const attempt of [
    () => place.client.teardown({ workingTree: place.repo, sandbox: name }, call()),
    () => place.client.provision(provision({ sandbox: name }), call()),
    () => place.client.provision(provision({ name }), call()),
    () => place.client.inspect({ workingTree: place.repo, sandbox: name }, call()),
    () => place.client.logs({ workingTree: place.repo, sandbox: name, service: 'price', tail: 1 }, call()),
  ]) {
    await expect(attempt()).rejects.toMatchObject({ code: 'not-owner' });
  }
  const seen = await place.client.inspect({ workingTree: place.repo }, call());
  expect(seen.sandboxes.map(({ view }) => view.sandbox.name)).toEqual([mine.sandbox.name]);
  await place.client.teardown({ workingTree: place.repo, all: true }, call());
  expect(await total(theirs.urls.shop)).toBe(2700);
  await other.teardown({ workingTree: second, all: true }, call());
});

test('a key never reaches the baseline of another commit, be its sandbox there or torn down', async () => {
  const old = join(place.root, 'old');
  git(place.repo, 'worktree', 'add', '-q', '-b', 'old', old);
  git(place.repo, 'commit', '-q', '--allow-empty', '-m', 'the default branch goes on');
  const early = await place.connect(old);
  // A fork that tells where it finds its neighbour: the router of that baseline.
  place.edit(
    'shop/server.mjs',
    "return response.end('ok');",
    'return response.end(process.env.PRICE_URL);',
    old,
  );
  const theirs = await early.provision(provision({}, old), call());
  const router = await (await fetch(`${theirs.urls.shop}/healthz`)).text();
  const through = async (key: string) => {
    const { status, headers } = await fetch(`${router}/mug`, { headers: { baggage: `seatrial=${key}` } });
    return [status, headers.get('x-seatrial-error')];
  };
  place.edit('price/server.mjs', '1250', '1300');
  const { sandbox } = await place.client.provision(provision(), call());
  expect(sandbox.baseline.commit).not.toBe(theirs.sandbox.baseline.commit);
  expect(await through(theirs.sandbox.routingKey)).toEqual([200, null]);
  expect(await through(sandbox.routingKey)).toEqual([503, 'other-baseline']);
  await place.client.teardown({ workingTree: place.repo, all: true }, call());
  expect(await through(sandbox.routingKey)).toEqual([503, 'other-baseline']);
  await early.teardown({ workingTree: old, all: true }, call());
});

test('the host serves on when the working tree that it began with is removed', async () => {
  const first = join(place.root, 'first');
  git(place.repo, 'worktree', 'add', '-q', '-b', 'first', first);
  const early = await place.connect(first);
  place.edit('price/server.mjs', '1250', '1350', first);
  await early.provision(provision({}, first), call());
  await early.teardown({ workingTree: first, all: true }, call());
  git(place.repo, 'worktree', 'remove', '--force', first);
  place.edit('price/server.mjs', '1250', '1300');
  const view = await place.client.provision(provision(), call());
  expect(view.sandbox.state).toBe('ready');
  expect(await total(view.urls.shop)).toBe(2600);
});

test('what cannot be provisioned says why and what to do', async () => {
  const refused = async (args: object) =>
    await place.client.provision(provision(args), call()).catch((error: { code: string }) => error.code);
  expect(await refused({})).toBe('nothing-changed');
  expect(await refused({ changes: [{ service: 'tax' }] })).toBe('unknown-service');
  expect(await refused({ changes: [{ service: 'price', image: 'x:1' }] })).toBe('needs-kubernetes');
  expect(await refused({ changes: [{ service: 'price', ref: 'no-such' }] })).toBe('unknown-ref');
  expect(await refused({ changes: [{ service: 'price' }, { service: 'price' }] })).toBe('invalid-argument');
  expect(await refused({ name: 'Not A Label' })).toBe('invalid-argument');
  expect(await refused({ sandbox: 'nothing-here' })).toBe('unknown-sandbox');
  place.write('README.md', 'new\n');
  expect(await refused({})).toBe('nothing-changed');
  place.edit('seatrial.yaml', 'paths: [price/**]', 'paths: [price/**]\n    shared: true');
  place.edit('price/server.mjs', '1250', '1300');
  expect(await refused({})).toBe('shared-service');
});

test('a service whose settings in seatrial.yaml changed is forked', async () => {
  place.edit('seatrial.yaml', 'paths: [price/**]', 'paths: [price/**]\n    stopSeconds: 3');
  const view = await place.client.provision(provision(), call());
  expect(view.sandbox.forks.map(({ service }) => service)).toEqual(['price']);
  expect(view.unmapped).toEqual([]);
  await place.client.teardown({ workingTree: place.repo, all: true }, call());
});

test('a torn down sandbox is gone: its name says so, its key is refused, its URL answers nothing', async () => {
  place.edit('price/server.mjs', '1250', '1300');
  const { sandbox, urls } = await place.client.provision(provision(), call());
  await place.client.teardown({ workingTree: place.repo, sandbox: sandbox.name }, call());
  const again = await place.client.teardown({ workingTree: place.repo, sandbox: sandbox.name }, call());
  expect(again).toEqual({ sandboxes: [], removed: [], left: [] });
  await expect(
    place.client.inspect({ workingTree: place.repo, sandbox: sandbox.name }, call()),
  ).rejects.toMatchObject({ code: 'sandbox-gone' });
  await expect(fetch(`${urls.shop}/cart`)).rejects.toThrow();
});

test('a lease that ends ends the sandbox', async () => {
  place.edit('price/server.mjs', '1250', '1300');
  await place.client.provision(provision({ leaseSeconds: 2 }), call());
  // `end` waits for the host and all its processes to be gone.
});
