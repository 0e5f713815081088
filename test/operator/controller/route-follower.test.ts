import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { RouterRoutes } from '../../../src/operator/agent-api.ts';
import type { AgentClient } from '../../../src/operator/controller/agent-client.ts';
import { RouteFollower, type RouterPod } from '../../../src/operator/controller/route-follower.ts';

const ends: AbortController[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end.abort();
});

const router = (name: string): RouterPod => ({ name, uid: `uid-${name}`, address: name, ready: true });
const view = (name: string, routes: RouterRoutes | null) => ({
  router: name,
  uid: `uid-${name}`,
  ready: true,
  routes,
});
const said = (version: number): RouterRoutes => ({ version, loaded: true, forks: [] });

/** Agents that answer what the test says, and at once when it says something new. */
function setUp(answers: Map<string, RouterRoutes | null>) {
  const asked: string[] = [];
  const woken: string[] = [];
  const agents: AgentClient = {
    routes: async (address, { after }, signal) => {
      asked.push(address);
      for (;;) {
        signal.throwIfAborted();
        const answer = answers.get(address);
        if (answer === null || answer === undefined) throw new Error('no answer');
        if (answer.version !== after) return answer;
        await sleep(5, null, { signal });
      }
    },
    tombstoneLoaded: async () => true,
    close: () => {},
  };
  const end = new AbortController();
  ends.push(end);
  const follower = new RouteFollower(agents, (key) => woken.push(key), end.signal);
  return { follower, asked, woken };
}

const poll = (read: () => unknown) => expect.poll(read, { timeout: 10_000, interval: 5 });

describe('the follower of routes', () => {
  test('knows nothing of a router at first, and wakes the sandbox when it has answered', async () => {
    const { follower, woken } = setUp(new Map([['a', said(1)]]));
    expect(follower.follow('shop/s', 's', [router('a')])).toEqual([view('a', null)]);
    await poll(() => woken).toEqual(['shop/s']);
    expect(follower.follow('shop/s', 's', [router('a')])).toEqual([view('a', said(1))]);
  });

  test('wakes again for each newer answer, and for no other', async () => {
    const answers = new Map<string, RouterRoutes | null>([['a', said(1)]]);
    const { follower, woken } = setUp(answers);
    follower.follow('shop/s', 's', [router('a')]);
    await poll(() => woken.length).toBe(1);
    await sleep(50);
    expect(woken).toHaveLength(1);
    answers.set('a', said(2));
    await poll(() => woken.length).toBe(2);
  });

  test('takes back what a router said that does not answer any more', async () => {
    const answers = new Map<string, RouterRoutes | null>([['a', said(1)]]);
    const { follower, woken } = setUp(answers);
    follower.follow('shop/s', 's', [router('a')]);
    await poll(() => woken.length).toBe(1);
    answers.set('a', null);
    await poll(() => woken.length).toBe(2);
    expect(follower.follow('shop/s', 's', [router('a')])).toEqual([view('a', null)]);
  });

  test('asks routers that come, and lets go of those that went and of sandboxes that are not followed', async () => {
    const answers = new Map<string, RouterRoutes | null>([
      ['a', said(1)],
      ['b', said(1)],
    ]);
    const { follower, asked, woken } = setUp(answers);
    follower.follow('shop/s', 's', [router('a')]);
    await poll(() => asked.includes('a')).toBe(true);
    expect(follower.follow('shop/s', 's', [router('b')]).map((view) => view.router)).toEqual(['b']);
    await poll(() => asked.includes('b')).toBe(true);
    follower.unfollow('shop/s');
    expect(follower.count).toBe(0);
    await sleep(50);
    const [wakes, questions] = [woken.length, asked.length];
    answers.set('a', said(2)).set('b', said(2));
    await sleep(50);
    expect([woken.length, asked.length]).toEqual([wakes, questions]);
  });
});
