import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SeatrialError } from '../../src/errors.ts';
import type { ForkSpec, Sandbox, SandboxSpec, Side } from '../../src/sandbox/sandbox.ts';
import type { Behaviour, EngineLab } from './engine-lab.ts';

const never = new AbortController().signal;
const baseline: Side = { kind: 'baseline' };
const sandboxSide = (name: string): Side => ({ kind: 'sandbox', name });

/** What every engine does, through its port alone. The tests share one baseline and leave nothing on it. */
export function describeEngine(engineName: string, openLab: () => Promise<EngineLab>): void {
  describe(`${engineName}: the Engine contract`, () => {
    let lab: EngineLab;
    let count = 0;

    beforeAll(async () => {
      lab = await openLab();
    });
    afterAll(async () => await lab?.close());
    afterEach(async () => {
      for (const { name, state } of await lab.engine.list(null, never)) {
        if (state !== 'gone') await lab.engine.teardown(name, never);
      }
      expect(await lab.leftovers()).toEqual([]);
    });

    async function fork(
      service: 'front' | 'back',
      behaviour: Behaviour,
      env: ForkSpec['env'] = {},
    ): Promise<ForkSpec> {
      return { service, revision: await lab.revision(service, behaviour), env };
    }
    async function specOf(forks: readonly ForkSpec[], more: Partial<SandboxSpec> = {}): Promise<SandboxSpec> {
      count += 1;
      return { name: `trial-${count}`, owner: lab.owner, leaseSeconds: 300, forks, ...more };
    }
    async function settled(name: string): Promise<Sandbox> {
      for await (const sandbox of lab.engine.watch(name, AbortSignal.timeout(45_000))) {
        if (sandbox.state !== 'provisioning') return sandbox;
      }
      throw new Error('watch ended before the sandbox settled');
    }
    async function ready(forks: readonly ForkSpec[], more: Partial<SandboxSpec> = {}): Promise<Sandbox> {
      const spec = await specOf(forks, more);
      await lab.engine.provision(spec, never);
      const sandbox = await settled(spec.name);
      expect(sandbox).toMatchObject({ state: 'ready', reason: null });
      return sandbox;
    }
    async function ask(service: string, side: Side, path = '/', headers: Record<string, string> = {}) {
      const { origin, host } = await lab.engine.endpoint(service, side, never);
      return await fetch(origin + path, { headers: { host, ...headers } });
    }
    async function body(service: string, side: Side) {
      return (await (await ask(service, side)).json()) as Record<string, unknown>;
    }
    /** What `back` answers to a request with any key: `front` of a sandbox hands on what it is given. */
    async function relay(through: string, key: string): Promise<unknown> {
      return await (
        await ask('front', sandboxSide(through), '/relay', { 'x-relay': `seatrial=${key}` })
      ).json();
    }
    async function codeOf(call: Promise<unknown>): Promise<string> {
      return await call.then(
        () => 'no error',
        (error: unknown) => (error instanceof SeatrialError ? error.code : `not ours: ${String(error)}`),
      );
    }

    test('names its services, and why one cannot be forked', async () => {
      const services = await lab.engine.services(never);
      expect(services.map(({ name }) => name).toSorted()).toEqual(['back', 'front', 'store']);
      expect(services.find(({ name }) => name === 'back')).toMatchObject({ forkable: true, refusal: null });
      const store = services.find(({ name }) => name === 'store');
      expect(store).toMatchObject({
        forkable: false,
        shared: true,
        refusal: expect.stringContaining('shared'),
      });
    });

    test('sends the baseline requests to the baseline, with the reserved key', async () => {
      expect(await body('front', baseline)).toMatchObject({
        version: 'v1',
        sandbox: null,
        back: { version: 'v1' },
      });
      const { headers } = await lab.engine.endpoint('front', baseline, never);
      expect(headers).toEqual([['baggage', 'seatrial=base-000000000000000']]);
    });

    test('forks one service: its requests reach the fork, deep in the system as well, others the baseline', async () => {
      const { name, routingKey, forks } = await ready([await fork('back', 'v2')]);
      expect(routingKey).toMatch(/^[a-z0-9-]{20}$/);
      expect(routingKey).not.toMatch(/^base-/);
      expect(forks).toMatchObject([{ service: 'back', ready: true, restarts: 0, live: false, exit: null }]);
      const answer = await body('front', sandboxSide(name));
      expect(answer).toMatchObject({ version: 'v1', sandbox: null, back: { version: 'v2', sandbox: name } });
      expect(await body('back', sandboxSide(name))).toMatchObject({ version: 'v2' });
      expect(await body('front', baseline)).toMatchObject({ back: { version: 'v1' } });
    });

    test('shows the services the same Host on both sides', async () => {
      const { name } = await ready([await fork('back', 'v2')]);
      const hosts = [await ask('back', baseline), await ask('back', sandboxSide(name))];
      const [first, second] = hosts.map((answer) => answer.headers.get('x-host'));
      expect(first).toBe(second);
      expect(first).toBe((await lab.engine.endpoint('back', baseline, never)).host);
    });

    test('gives receipts by correlation for both sides', async () => {
      const { name, routingKey, forks } = await ready([await fork('back', 'v2')]);
      const instance = forks[0]?.instance;
      await ask('front', sandboxSide(name), '/', { baggage: `seatrial=${routingKey}.abcd1234` });
      await ask('front', baseline, '/', { baggage: 'seatrial=base-000000000000000.wxyz9876' });
      const query = { side: sandboxSide(name), correlations: ['abcd1234'], hops: 10 };
      const ours = await lab.engine.receipts(query, never);
      expect(ours).toMatchObject({ complete: true, incompleteReason: null });
      expect(ours.counts.toSorted((a, b) => (a.service < b.service ? -1 : 1))).toEqual([
        { correlation: 'abcd1234', service: 'back', destination: 'fork', instance, count: 1, failed: 0 },
        { correlation: 'abcd1234', service: 'front', destination: 'baseline', count: 1, failed: 0 },
      ]);
      expect(ours.hops.find(({ service }) => service === 'back')).toMatchObject({
        status: 200,
        refusal: null,
      });
      const theirs = await lab.engine.receipts({ side: baseline, correlations: ['wxyz9876'] }, never);
      expect(theirs.counts.map(({ destination }) => destination)).toEqual(['baseline', 'baseline']);
      expect(theirs.epoch).toBe(ours.epoch);
    });

    test('tells of a hop that failed, where the answer does not', async () => {
      const { name, routingKey } = await ready([await fork('back', 'v2')]);
      const answer = await ask('front', sandboxSide(name), '/soft', {
        baggage: `seatrial=${routingKey}.abcd1234`,
      });
      expect(answer.status).toBe(200);
      const query = { side: sandboxSide(name), correlations: ['abcd1234'], hops: 10 };
      const { counts } = await lab.engine.receipts(query, never);
      expect(counts.toSorted((a, b) => (a.service < b.service ? -1 : 1))).toMatchObject([
        { service: 'back', destination: 'fork', count: 1, failed: 1 },
        { service: 'front', destination: 'baseline', count: 1, failed: 0 },
      ]);
    });

    test('forks several services at once', async () => {
      const { name } = await ready([await fork('front', 'v2'), await fork('back', 'v3')]);
      expect(await body('front', sandboxSide(name))).toMatchObject({
        version: 'v2',
        back: { version: 'v3' },
      });
    });

    test('keeps several sandboxes apart', async () => {
      const both = await Promise.all([fork('back', 'v2'), fork('back', 'v3')]);
      const [one, two] = await Promise.all(both.map((each) => ready([each])));
      expect(one?.routingKey).not.toBe(two?.routingKey);
      expect(await body('front', sandboxSide(one?.name ?? ''))).toMatchObject({ back: { version: 'v2' } });
      expect(await body('front', sandboxSide(two?.name ?? ''))).toMatchObject({ back: { version: 'v3' } });
    });

    test('provision is idempotent: an equal spec is the same sandbox', async () => {
      const spec = await specOf([await fork('back', 'v2')]);
      const [one, two] = await Promise.all([
        lab.engine.provision(spec, never),
        lab.engine.provision(spec, never),
      ]);
      expect(two.routingKey).toBe(one.routingKey);
      const before = await settled(spec.name);
      const again = await lab.engine.provision(spec, never);
      expect(again).toMatchObject({
        state: 'ready',
        routingKey: one.routingKey,
        generation: before.generation,
      });
      expect(again.forks[0]?.instance).toBe(before.forks[0]?.instance);
    });

    test('a changed spec under a known name is an update: the key stays, the fork is another', async () => {
      const before = await ready([await fork('back', 'v2')]);
      await lab.engine.provision(await specOf([await fork('back', 'v3')], { name: before.name }), never);
      const after = await settled(before.name);
      expect(after).toMatchObject({ state: 'ready', routingKey: before.routingKey });
      expect(after.generation).toBeGreaterThan(before.generation);
      expect(after.forks[0]?.instance).not.toBe(before.forks[0]?.instance);
      expect(await body('back', sandboxSide(before.name))).toMatchObject({ version: 'v3' });
    });

    test('update keeps equal forks and starts the others', async () => {
      const back = await fork('back', 'v2');
      const before = await ready([back]);
      await lab.engine.update(before.name, [back, await fork('front', 'v2')], never);
      const after = await settled(before.name);
      const instanceOf = (sandbox: Sandbox) =>
        sandbox.forks.find(({ service }) => service === 'back')?.instance;
      expect(instanceOf(after)).toBe(instanceOf(before));
      expect(await body('front', sandboxSide(before.name))).toMatchObject({
        version: 'v2',
        back: { version: 'v2' },
      });
    });

    test('tells the forks as they were last asked for, their environment too', async () => {
      const back = { ...(await fork('back', 'v2')), env: { GREETING: 'kept', EMPTY: '' } };
      const { name } = await ready([back]);
      const told = async () =>
        (await lab.engine.forks(name, never)).toSorted((a, b) => a.service.localeCompare(b.service));
      expect(await told()).toEqual([back]);
      const front = await fork('front', 'v2');
      await lab.engine.update(name, [front, back], never);
      expect(await told()).toEqual([back, front]);
      await settled(name);
      await lab.engine.teardown(name, never);
      await lab.engine.forks(name, never);
      expect(await codeOf(lab.engine.forks('nobody', never))).toBe('unknown-sandbox');
    });

    test('a service that an update no longer forks is the baseline again', async () => {
      const front = await fork('front', 'v2');
      const { name } = await ready([front, await fork('back', 'v2')]);
      await lab.engine.update(name, [front], never);
      await settled(name);
      expect(await body('front', sandboxSide(name))).toMatchObject({
        version: 'v2',
        back: { version: 'v1' },
      });
    });

    test('while a fork starts anew its requests are refused, never answered by the baseline', async () => {
      const { name, routingKey } = await ready([await fork('back', 'v2')]);
      const other = await ready([await fork('front', 'v2')]);
      await lab.engine.update(name, [await fork('back', 'mute')], never);
      expect(await codeOf(lab.engine.endpoint('back', sandboxSide(name), never))).toBe('sandbox-not-ready');
      expect(await relay(other.name, routingKey)).toMatchObject({
        status: 503,
        error: expect.stringMatching(/./),
      });
      const { counts } = await lab.engine.receipts({ side: sandboxSide(name) }, never);
      expect(counts.map(({ destination }) => destination)).toEqual(['refused']);
    });

    test('a fork gets the environment that the spec gives', async () => {
      const { name } = await ready([await fork('back', 'v2', { GREETING: 'hello' })]);
      expect(await (await ask('back', sandboxSide(name), '/greeting')).text()).toBe('hello');
    });

    test('a fork that ends before it is ready: failed at once, with code and last lines', async () => {
      const spec = await specOf([await fork('back', 'exits')]);
      await lab.engine.provision(spec, never);
      const sandbox = await settled(spec.name);
      expect(sandbox).toMatchObject({ state: 'failed', reason: { code: 'service-exited' } });
      expect(sandbox.forks[0]).toMatchObject({ ready: false, reason: 'exited', exit: { exitCode: 3 } });
      expect(sandbox.forks[0]?.logTail.join('\n')).toContain('cannot go on');
      expect(await codeOf(lab.engine.endpoint('back', sandboxSide(spec.name), never))).toBe(
        'sandbox-not-ready',
      );
    });

    test('a fork that never listens: failed in its time, with last lines and what to do', async () => {
      const spec = await specOf([await fork('back', 'mute')]);
      await lab.engine.provision(spec, never);
      const sandbox = await settled(spec.name);
      expect(sandbox).toMatchObject({ state: 'failed', reason: { code: 'service-not-ready' } });
      expect(sandbox.reason?.next).not.toBe('');
      expect(sandbox.forks[0]).toMatchObject({ ready: false, reason: 'not-ready' });
      expect(sandbox.forks[0]?.logTail.join('\n')).toContain('here I am');
    });

    test('a failed sandbox is mended by an update', async () => {
      const spec = await specOf([await fork('back', 'exits')]);
      const { routingKey } = await lab.engine.provision(spec, never);
      await settled(spec.name);
      await lab.engine.update(spec.name, [await fork('back', 'v2')], never);
      expect(await settled(spec.name)).toMatchObject({ state: 'ready', routingKey, reason: null });
      expect(await body('back', sandboxSide(spec.name))).toMatchObject({ version: 'v2' });
    });

    test('a fork that ends while it serves is told, and its requests are refused', async () => {
      const { name } = await ready([await fork('back', 'v2')]);
      const { origin, host } = await lab.engine.endpoint('front', sandboxSide(name), never);
      await ask('back', sandboxSide(name), '/exit').catch(() => {});
      for await (const sandbox of lab.engine.watch(name, AbortSignal.timeout(20_000))) {
        if (sandbox.state !== 'failed') continue;
        expect(sandbox.forks[0]).toMatchObject({ ready: false, reason: 'exited', exit: { exitCode: 7 } });
        expect(sandbox.forks[0]?.logTail.join('\n')).toContain('ending on request');
        break;
      }
      const answer = await fetch(`${origin}/`, { headers: { host } });
      expect(answer.status).toBe(503);
      expect(await body('front', baseline)).toMatchObject({ back: { version: 'v1' } });
    });

    test('teardown leaves nothing, says what it removed, and is idempotent', async () => {
      const { name } = await ready([await fork('back', 'v2')]);
      const { origin } = await lab.engine.endpoint('front', sandboxSide(name), never);
      const [one, two] = await Promise.all([
        lab.engine.teardown(name, never),
        lab.engine.teardown(name, never),
      ]);
      expect(one.left).toEqual([]);
      expect(one.removed.length).toBeGreaterThan(0);
      expect(two.left).toEqual([]);
      expect(await lab.leftovers()).toEqual([]);
      expect((await lab.engine.teardown(name, never)).left).toEqual([]);
      await expect(fetch(`${origin}/`)).rejects.toThrow();
      expect((await lab.engine.list(lab.owner, never)).find((each) => each.name === name)).toMatchObject({
        state: 'gone',
        reason: { code: 'torn-down' },
      });
      expect(await codeOf(lab.engine.endpoint('back', sandboxSide(name), never))).toBe('sandbox-gone');
      expect(await codeOf(lab.engine.renew(name, null, never))).toBe('sandbox-gone');
    });

    test('the key of a sandbox that is gone is refused, never sent to the baseline', async () => {
      const { name, routingKey } = await ready([await fork('back', 'v2')]);
      const other = await ready([await fork('front', 'v2')]);
      await lab.engine.teardown(name, never);
      expect(await relay(other.name, `${routingKey}.abcd1234`)).toEqual({ status: 503, error: 'torn-down' });
      const receipt = await lab.engine.receipts(
        { side: sandboxSide(name), correlations: ['abcd1234'] },
        never,
      );
      expect(receipt.counts).toEqual([
        { correlation: 'abcd1234', service: 'back', destination: 'refused', count: 1 },
      ]);
    });

    test('teardown in the middle of provisioning leaves nothing', async () => {
      const spec = await specOf([await fork('back', 'v2'), await fork('front', 'mute')]);
      await lab.engine.provision(spec, never);
      expect((await lab.engine.teardown(spec.name, never)).left).toEqual([]);
      expect(await lab.leftovers()).toEqual([]);
      expect(await settled(spec.name)).toMatchObject({ state: 'gone' });
    });

    test('a name that is gone can be used again, with a new key', async () => {
      const spec = await specOf([await fork('back', 'v2')]);
      const before = await lab.engine.provision(spec, never);
      await lab.engine.teardown(spec.name, never);
      const after = await lab.engine.provision(spec, never);
      expect(after.routingKey).not.toBe(before.routingKey);
      expect(await settled(spec.name)).toMatchObject({ state: 'ready' });
    });

    test('a lease that nobody renews ends the sandbox', async () => {
      const { name } = await ready([await fork('back', 'v2')], { leaseSeconds: lab.shortLeaseSeconds });
      const states: string[] = [];
      for await (const sandbox of lab.engine.watch(name, AbortSignal.timeout(45_000)))
        states.push(sandbox.state);
      expect([...new Set(states)]).toEqual(['ready', 'expiring', 'gone']);
      expect(await lab.leftovers()).toEqual([]);
      expect((await lab.engine.list(lab.owner, never)).find((each) => each.name === name)?.reason?.code).toBe(
        'expired',
      );
    });

    test('renew begins the lease anew', async () => {
      const before = await ready([await fork('back', 'v2')], { leaseSeconds: 100 });
      const after = await lab.engine.renew(before.name, 1000, never);
      expect(Date.parse(after.expiresAt) - Date.parse(before.expiresAt)).toBeGreaterThan(800_000);
    });

    test('another owner does not get a name that is taken', async () => {
      const spec = await specOf([await fork('back', 'v2')]);
      await lab.engine.provision(spec, never);
      expect(await codeOf(lab.engine.provision({ ...spec, owner: lab.stranger }, never))).toBe('not-owner');
      const listed = await lab.engine.list(lab.stranger, never);
      expect(listed.filter(({ state }) => state !== 'gone')).toEqual([]);
    });

    test('no owner gets more than maxSandboxes', async () => {
      const forks = [await fork('back', 'v2')];
      for (let each = 0; each < lab.maxSandboxes; each += 1)
        await lab.engine.provision(await specOf(forks), never);
      expect(await codeOf(lab.engine.provision(await specOf(forks), never))).toBe('too-many-sandboxes');
      const others = await lab.engine.provision(await specOf(forks, { owner: lab.stranger }), never);
      expect(others.state).toBe('provisioning');
    });

    test('logs are the last lines of the fork, or of the baseline', async () => {
      const { name } = await ready([await fork('back', 'v2')]);
      expect((await lab.engine.logs(name, 'back', 5, never)).join('\n')).toContain('back v2 listens');
      expect((await lab.engine.logs(null, 'back', 5, never)).join('\n')).toContain('back v1 listens');
      expect(await codeOf(lab.engine.logs(name, 'front', 5, never))).toBe('unknown-service');
    });

    test('an aborted call gives up waiting and harms nothing', async () => {
      const { name } = await ready([await fork('back', 'v2')]);
      const controller = new AbortController();
      const watching = (async () => {
        for await (const _ of lab.engine.watch(name, controller.signal)) controller.abort();
      })();
      expect(await codeOf(watching)).toBe('cancelled');
      expect(await body('back', sandboxSide(name))).toMatchObject({ version: 'v2' });
    });

    test.each([
      [
        'a service that does not exist',
        'unknown-service',
        async () => specOf([{ ...(await fork('back', 'v2')), service: 'nope' }]),
      ],
      [
        'a service that is shared',
        'shared-service',
        async () => specOf([{ ...(await fork('back', 'v2')), service: 'store' }]),
      ],
      [
        'a name with capitals',
        'invalid-argument',
        async () => specOf([await fork('back', 'v2')], { name: 'Trial' }),
      ],
      [
        'a name that is too long',
        'invalid-argument',
        async () => specOf([await fork('back', 'v2')], { name: 'a'.repeat(41) }),
      ],
      [
        'a name that leads elsewhere',
        'invalid-argument',
        async () => specOf([await fork('back', 'v2')], { name: '../x' }),
      ],
      ['no fork', 'invalid-argument', async () => specOf([])],
      [
        'a service twice',
        'invalid-argument',
        async () => specOf([await fork('back', 'v2'), await fork('back', 'v3')]),
      ],
      [
        'a lease without end',
        'invalid-argument',
        async () => specOf([await fork('back', 'v2')], { leaseSeconds: Number.POSITIVE_INFINITY }),
      ],
    ])('refuses %s', async (_, code, makeSpec) => {
      expect(await codeOf(lab.engine.provision(await makeSpec(), never))).toBe(code);
    });

    test.each([
      ['update', () => lab.engine.update('nobody', [], never)],
      ['renew', () => lab.engine.renew('nobody', null, never)],
      ['endpoint', () => lab.engine.endpoint('back', sandboxSide('nobody'), never)],
      ['receipts', () => lab.engine.receipts({ side: sandboxSide('nobody') }, never)],
      ['logs', () => lab.engine.logs('nobody', 'back', 1, never)],
      ['teardown', () => lab.engine.teardown('nobody', never)],
      ['watch', () => lab.engine.watch('nobody', never)[Symbol.asyncIterator]().next()],
    ])('%s of a sandbox that never was: unknown-sandbox', async (_, call) => {
      expect(await codeOf(call())).toBe('unknown-sandbox');
    });
  });
}
