import { describe, expect, test } from 'vitest';
import { deafAfterMs, type RouterRoutes, refusesWithinMs } from '../../../src/operator/agent-api.ts';
import { confirmationOf } from '../../../src/operator/controller/confirmed.ts';
import type { Made } from '../../../src/operator/controller/facts.ts';
import { needsRouters, noteWanted, routeFact } from '../../../src/operator/controller/fork-route.ts';
import { newMemory } from '../../../src/operator/controller/memory.ts';
import { type RouterView, routeOf, troubleOf } from '../../../src/operator/controller/routed.ts';
import type { ResourceForkStatus, SandboxResource } from '../../../src/sandbox/resource.ts';
import { forkPod, sandbox } from '../router/objects.ts';

const routes = (change: object = {}, more: Partial<RouterRoutes> = {}): RouterRoutes => ({
  version: 1,
  loaded: true,
  forks: [
    {
      service: 'pricing',
      sandboxUid: 'uid-pr-1',
      state: 'routed',
      reason: null,
      instance: 'p1/0',
      canary: 'seen',
      message: null,
      ...change,
    },
  ],
  ...more,
});
const view = (router: string, said: RouterRoutes | null, ready = true): RouterView => ({
  router,
  uid: `uid-${router}`,
  ready,
  routes: said,
});
const wanted = { service: 'pricing', podUid: 'p1', sandboxUid: 'uid-pr-1', writtenMs: 1_000 };
const unknown = routes({}, { forks: [] });

describe('a fork is routed', () => {
  const seen = (...all: readonly (RouterRoutes | null)[]) =>
    routeOf(
      wanted,
      all.map((each, at) => view(`r${at}`, each)),
    ).kind;

  test('only when every ready router leads to this pod and saw its canary', () => {
    expect(seen(routes(), routes({ canary: 'not-needed' }))).toBe('routed');
    expect(seen()).toBe('pending');
    expect(seen(routes(), null)).toBe('pending');
    expect(seen(routes(), routes({}, { loaded: false }))).toBe('pending');
    expect(seen(routes({ canary: 'pending' }))).toBe('pending');
    expect(seen(routes({ instance: 'p0/0' }))).toBe('pending');
    expect(seen(routes({ instance: 'p11/0' }))).toBe('pending');
    expect(seen(routes({ state: 'refused', reason: 'fork-not-ready' }))).toBe('pending');
    expect(seen(routes({ service: 'tax' }))).toBe('pending');
  });

  test('never by a router that does not know its namespace, and that is said', () => {
    const trouble = 'may not watch pods in namespace shop: run seatrial install again';
    expect(routeOf(wanted, [view('r', routes({}, { trouble }))])).toMatchObject({
      kind: 'pending',
      message: `Router r ${trouble}.`,
      astray: true,
    });
    expect(troubleOf([view('q', routes()), view('r', routes({}, { trouble }))])).toBe(`Router r ${trouble}.`);
    expect(troubleOf([view('r', routes({}, { trouble }), false), view('q', null)])).toBeNull();
  });

  test('not while a router that is not ready may have callers, and may not know the key', () => {
    const other = (said: RouterRoutes | null, writtenMs = 1_000) =>
      routeOf({ ...wanted, writtenMs }, [view('a', routes()), view('b', said, false)]);
    for (const said of [null, unknown, routes({}, { loaded: false }), routes({ sandboxUid: 'earlier' })]) {
      expect(other(said)).toMatchObject({
        kind: 'pending',
        refusal: null,
        againMs: refusesWithinMs - 1_000,
        message: expect.stringMatching(/^Router b is not ready, may still have callers/),
      });
      // By then it refuses what it does not know.
      expect(other(said, refusesWithinMs).kind).toBe('routed');
    }
    // It leads nowhere, but to no baseline.
    expect(other(routes({ state: 'refused', reason: 'fork-not-ready', instance: null })).kind).toBe('routed');
    expect(refusesWithinMs - deafAfterMs).toBeGreaterThan(6_000);
  });
});

describe('what routers said of a fork', () => {
  const pod = forkPod('pr-1', 'pricing', { uid: 'p1', ready: true });
  const state = { kind: 'running', startedEpochMs: 0, podReady: true } as const;
  const made: Pick<Made, 'view'> = { view: { pod, restarts: 0, exit: null, imageDigest: null, state } };
  const fork = { service: 'pricing', source: { image: 'x' } };
  const before: ResourceForkStatus = { service: 'pricing', podUID: 'p1', restarts: 0, ready: true };
  const ofStatus = (forks: readonly ResourceForkStatus[]): SandboxResource =>
    sandbox('pr-1', 'k'.repeat(20), ['pricing'], { forks });

  function setUp(forks: readonly ResourceForkStatus[] = []) {
    const memory = newMemory();
    noteWanted(memory, ['pricing']);
    const at = performance.now();
    const resource = ofStatus(forks);
    return {
      asks: (...ready: readonly string[]) => needsRouters(memory, 'pricing', made, ready),
      fact: (views: readonly RouterView[] | null, ready: readonly string[], trouble: string | null = null) =>
        routeFact({ memory, resource }, fork, made, { views, routable: true, ready, trouble }, at + 1_000)
          .kind,
    };
  }

  test('holds for those that said it: one that comes, or comes back, is asked', () => {
    const { asks, fact } = setUp();
    expect(asks('uid-a')).toBe(true);
    expect(fact([view('a', routes())], ['uid-a'])).toBe('routed');
    expect(asks('uid-a')).toBe(false);
    expect(asks('uid-a', 'uid-b')).toBe(true);
    expect(fact([view('a', routes()), view('b', routes())], ['uid-a', 'uid-b'])).toBe('routed');
    expect(asks('uid-a', 'uid-b')).toBe(false);
    // `a` goes for a while.
    expect(fact(null, ['uid-b'])).toBe('routed');
    expect(asks('uid-b')).toBe(false);
    expect(asks('uid-a', 'uid-b')).toBe(true);
  });

  test('ends when all are away, and all are asked when they are back', () => {
    const { asks, fact } = setUp();
    fact([view('a', routes())], ['uid-a']);
    expect(fact(null, [])).toBe('pending');
    expect(asks('uid-a')).toBe(true);
  });

  test.each<[string, RouterRoutes | null, string]>([
    ['has not answered yet: it stays', null, 'routed'],
    ['has yet to see its canary: it stays', routes({ canary: 'pending' }), 'routed'],
    ['never heard of it: it does not stay', unknown, 'pending'],
    ['leads to the pod of before: it does not stay', routes({ instance: 'p0/0' }), 'pending'],
    ['does not know its namespace: it does not stay', routes({}, { trouble: 'is deaf' }), 'pending'],
    ['refuses it: it does not stay', routes({ state: 'refused', reason: 'fork-not-ready' }), 'pending'],
  ])('a sandbox that is ready, and a router that came and %s', (_, said, expected) => {
    const { fact } = setUp([before]);
    expect(fact([view('a', routes())], ['uid-a'])).toBe('routed');
    expect(fact([view('a', routes()), view('b', said)], ['uid-a', 'uid-b'])).toBe(expected);
  });

  test('does not stay true where a ready router says that it knows nothing any more', () => {
    const { fact } = setUp([before]);
    expect(fact([view('a', routes())], ['uid-a'])).toBe('routed');
    expect(fact(null, ['uid-a'], 'Router a is deaf.')).toBe('pending');
    expect(fact(null, ['uid-a'])).toBe('routed');
  });

  test('a service that is asked for later has its own time', () => {
    const memory = newMemory();
    noteWanted(memory, ['pricing']);
    const first = memory.wantedSince.get('pricing');
    noteWanted(memory, ['pricing', 'tax']);
    expect(memory.wantedSince.get('pricing')).toBe(first);
    expect(memory.wantedSince.get('tax')).toBeGreaterThanOrEqual(first ?? 0);
    noteWanted(memory, ['tax']);
    expect([...memory.wantedSince.keys()]).toEqual(['tax']);
  });
});

test('a tombstone is confirmed by all, or waited for until a router that hears nothing refuses all keys', () => {
  expect(confirmationOf([], 0)).toEqual({ kind: 'confirmed' });
  expect(confirmationOf(['r'], 100)).toEqual({ kind: 'wait', againMs: 20, message: '' });
  const late = confirmationOf(['r2', 'r1'], 6_000);
  expect(late).toMatchObject({ kind: 'wait', againMs: 250 });
  expect('message' in late ? late.message : '').toMatch(/^Routers r1, r2 did not confirm .* 38 s .*\.$/);
  expect(confirmationOf(['r'], refusesWithinMs - 1).kind).toBe('wait');
  expect(confirmationOf(['r'], refusesWithinMs)).toEqual({ kind: 'assumed' });
});
