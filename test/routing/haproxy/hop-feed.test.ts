import { expect, test } from 'vitest';
import { HopFeed } from '../../../src/routing/haproxy/hop-feed.ts';
import type { HopEvents } from '../../../src/routing/haproxy/runtime.ts';

const key = 'aaaaaaaaaaaaaaaaaaaa';
const lives = ['1111111111111111', '2222222222222222'] as const;

/** The queue of a HAProxy, as Lua keeps it: what was received is let go, and what is too much is lost. */
class Queue {
  epoch: string = lives[0];
  #events: string[] = [];
  #first = 1;
  #hop = 0;
  readonly asked: number[] = [];
  /** What its log says of ends, as long as it is not written over. */
  readonly log = new Map<string, string>();

  /** A hop that was answered. */
  hop(correlation: string, destination = 'fork', atEpochMs = 1): void {
    this.open(correlation, destination, atEpochMs);
    this.say(`a ${this.#hop} 200 ${atEpochMs + 5}`);
  }

  open(correlation: string, destination = 'fork', atEpochMs = 1): void {
    this.#hop += 1;
    this.say(`o ${this.#hop} ${key} ${correlation} pricing ${destination} pod/0 - ${atEpochMs}`);
  }

  say(event: string): void {
    this.#events.push(event);
  }

  /** The latest hop is over; a state that is null is written over already. */
  end(state: string | null, hop = this.#hop): void {
    this.say(`e ${hop}`);
    if (state !== null) this.log.set(String(hop), state);
  }

  async ends(): Promise<ReadonlyMap<string, string>> {
    return this.log;
  }

  get last(): number {
    return this.#hop;
  }

  lose(count: number): void {
    this.#events.splice(0, count);
    this.#first += count;
  }

  restart(): void {
    this.epoch = lives[1];
    this.#events = [];
    this.#first = 1;
    this.#hop = 0;
  }

  async hops(after: number, epoch: string): Promise<HopEvents> {
    this.asked.push(after);
    if (epoch !== this.epoch) return this.hops(0, this.epoch);
    const received = Math.max(0, Math.min(after - this.#first + 1, this.#events.length));
    this.lose(received);
    const events = this.#events.slice(0, 4);
    return { epoch: this.epoch, first: this.#first, newest: this.#first + this.#events.length - 1, events };
  }
}

function fed(): { queue: Queue; feed: HopFeed; count(correlation: string): Promise<number> } {
  const queue = new Queue();
  const feed = new HopFeed({ runtime: queue });
  return {
    queue,
    feed,
    count: async (correlation) => {
      const { counts } = await feed.receipt(key, { correlations: [correlation] });
      return counts.reduce((sum, { count }) => sum + count, 0);
    },
  };
}

test('events are taken in turns, each once, also by calls that overlap', async () => {
  const { queue, feed, count } = fed();
  for (let n = 0; n < 25; n += 1) queue.hop('11111111');
  await Promise.all([feed.take(), feed.take(), feed.take()]);
  queue.hop('11111111');
  expect(await count('11111111')).toBe(26);
  expect(feed.lost).toBe(0);
});

test('events that HAProxy had to let go begin another epoch, so that no receipt is whole over them', async () => {
  const { queue, feed, count } = fed();
  queue.hop('11111111');
  await feed.take();
  const { epoch } = feed;
  for (let n = 0; n < 3; n += 1) queue.hop('22222222');
  queue.lose(4);
  queue.hop('22222222');
  await feed.take();
  expect(feed.lost).toBe(1);
  expect(feed.epoch).not.toBe(epoch);
  expect(await count('11111111')).toBe(0);
});

test('a single event that is lost is enough', async () => {
  const { queue, feed } = fed();
  queue.hop('11111111');
  await feed.take();
  const { epoch } = feed;
  queue.hop('22222222');
  // The one received last is still there: it goes, and the next one with it.
  queue.lose(3);
  await feed.take();
  expect(feed.lost).toBe(1);
  expect(feed.epoch).not.toBe(epoch);
});

test('another life of HAProxy begins another epoch, and loses nothing of its own', async () => {
  const { queue, feed, count } = fed();
  queue.hop('11111111');
  await feed.take();
  const { epoch } = feed;
  queue.restart();
  for (let n = 0; n < 3; n += 1) queue.hop('22222222');
  expect(await count('22222222')).toBe(3);
  expect(feed.epoch).not.toBe(epoch);
  expect(feed.lost).toBe(0);
  expect(await count('11111111')).toBe(0);
});

test('a feed that begins late says nothing of what was before', async () => {
  const { queue, feed, count } = fed();
  for (let n = 0; n < 3; n += 1) queue.hop('11111111');
  queue.lose(2);
  expect(await count('11111111')).toBe(2);
  expect(feed.lost).toBe(0);
});

test('a HAProxy that does not answer makes a receipt fail, and later ones work', async () => {
  const { queue, feed, count } = fed();
  queue.hop('11111111');
  const failing = new HopFeed({
    runtime: { hops: () => Promise.reject(new Error('no socket')), ends: async () => new Map() },
  });
  await expect(failing.receipt(key, {})).rejects.toThrow('no socket');
  await feed.take();
  expect(await count('11111111')).toBe(1);
});

test('a request that found no connection is refused, not a hop of the fork', async () => {
  const { queue, feed } = fed();
  queue.open('11111111');
  queue.say(`u ${queue.last} 503 fork-unreachable 9`);
  const { counts, hops } = await feed.receipt(key, { hops: 5 });
  expect(counts).toMatchObject([{ destination: 'refused', count: 1 }]);
  expect(hops).toMatchObject([{ destination: 'refused', refusal: 'fork-unreachable', status: 503 }]);
});

test('a request whose fork died under it is a hop of the fork, answered or not', async () => {
  const { queue, feed } = fed();
  queue.open('11111111');
  queue.say(`u ${queue.last} 502 bad-answer 9`);
  queue.open('22222222');
  queue.say(`e ${queue.last}`);
  const { counts, hops } = await feed.receipt(key, { hops: 5 });
  expect(counts.map(({ destination, count }) => [destination, count])).toEqual([
    ['fork', 1],
    ['fork', 1],
  ]);
  expect(hops.map(({ status }) => status)).toEqual([502, null]);
});

test('a receipt waits for a request that is under way, but no longer than its fork may take to accept it', async () => {
  const { queue, feed } = fed();
  queue.open('11111111', 'fork', Date.now() - 2800);
  queue.open('22222222', 'fork', Date.now() - 60_000);
  const { counts } = await feed.receipt(key, {});
  expect(counts.map(({ destination }) => destination)).toEqual(['fork', 'fork']);
  const asked = queue.asked.length;
  await feed.receipt(key, { correlations: ['22222222'] });
  expect(queue.asked.length).toBe(asked + 1);
});

test('a key that is let go takes no more memory, and its receipt says that it is not whole', async () => {
  const { queue, feed } = fed();
  queue.hop('11111111');
  await feed.take();
  feed.forget(key);
  expect(await feed.receipt(key, {})).toMatchObject({ complete: false, counts: [] });
});

test('hops that fail are counted: an error, none of gRPC in a head, an answer that broke off', async () => {
  const { queue, feed } = fed();
  const answers = ['200', '404', '500', '200:0', '200:5', '200:13', '200:'];
  for (const [at, said] of answers.entries()) {
    queue.open(`${at}`.repeat(8));
    queue.say(`a ${queue.last} ${said} 9`);
  }
  // The caller went away; the service did; it did so under a tunnel.
  for (const [at, [status, state]] of [
    ['200', 'CD'] as const,
    ['200', 'SD'] as const,
    ['101', 'SD'] as const,
  ].entries()) {
    queue.open(`${at + 7}`.repeat(8));
    queue.say(`a ${queue.last} ${status} 9`);
    queue.end(state);
  }
  const { counts } = await feed.receipt(key, {});
  expect(counts.map(({ failed }) => failed)).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 1, 0]);
});

test('an answer may break off long after it was counted', async () => {
  const { queue, feed } = fed();
  queue.hop('11111111');
  const failed = async () => (await feed.receipt(key, {})).counts.map((one) => one.failed);
  expect(await failed()).toEqual([0]);
  queue.end('SD');
  expect(await failed()).toEqual([1]);
});

test('an end of which the log says nothing any more may have been any: it fails', async () => {
  const { queue, feed } = fed();
  queue.hop('11111111');
  queue.end(null);
  expect((await feed.receipt(key, {})).counts).toMatchObject([{ count: 1, failed: 1 }]);
});

test('an answer that breaks off when its hop is forgotten begins another epoch', async () => {
  const { queue, feed } = fed();
  queue.hop('11111111');
  const first = queue.last;
  await feed.take();
  const { epoch } = feed;
  for (let n = 0; n < 20_000; n += 1) queue.hop('22222222');
  queue.end('CD', first);
  await feed.take();
  expect(feed.epoch).toBe(epoch);
  queue.end('SD', first);
  await feed.take();
  expect(feed.epoch).not.toBe(epoch);
  // Of before the epoch: nothing of it is lost by that.
  const next = feed.epoch;
  queue.hop('33333333');
  queue.end('SD', first);
  await feed.take();
  expect(feed.epoch).toBe(next);
});

test('a hop whose answer is not there yet is open', async () => {
  const { queue, feed } = fed();
  queue.open('11111111', 'fork', Date.now() - 60_000);
  expect((await feed.receipt(key, {})).counts).toMatchObject([{ count: 1, failed: 0, open: 1 }]);
  queue.say(`a ${queue.last} 200 9`);
  const { counts } = await feed.receipt(key, {});
  expect(counts).toMatchObject([{ count: 1, failed: 0 }]);
  expect(counts[0]).not.toHaveProperty('open');
});
