import type { RuleId } from '../../src/diff/finding.ts';
import { Random } from '../diff-bench/random.ts';
import { base64, iso, jwt, type Make, uuid } from './realistic.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

const base64url = (random: Random, bytes: number): string =>
  Buffer.from(random.hex(bytes * 2), 'hex').toString('base64url');
const feed = (number: number, more: (id: number) => object = () => ({})): object[] =>
  [0, 1, 2, 3, 4].map((index) => {
    const id = 500 + number * 4 - index;
    return { id, by: `u${id % 7}`, text: `t${(id * 7919) % 100}`, ...more(id) };
  });
const pod = (set: string, number: number): string =>
  `${set}-6d4f8b9c4-${'bcdfghjklm'[number % 10]}x4z${number % 8}`.replace(/[013]$/, '2');
const fork = 'seatrial-pr42-web-7f4d8b-xk2pq';
const names = ['Alice Ab', 'Bob Cd', 'Carol De', 'Dave Fg', 'Eve Gh', 'Mallory Ki'];

/** What a baseline of many pods under traffic, and a fork that is one process at rest, answer: nothing is wrong with either. */
export const sidesApart: Readonly<Record<string, Make>> = {
  'the names of eight pods, and of one': ({ side, random }) => ({
    body: { a: 1 },
    headers: [['x-served-by', side === 'baseline' ? pod('web', random.int(0, 7)) : fork]],
  }),
  'the names of pods, each of which answers once': ({ side, index }) => ({
    body: { host: side === 'baseline' ? pod('web', index) : fork },
  }),
  'the start times of pods, hours apart': ({ side, random }) => ({
    body: {
      startedAt: iso(
        Date.UTC(2026, 10, 22, 5, 0, 0) + (side === 'baseline' ? random.int(0, 50_000) : 5.13 * hour),
      ),
    },
  }),
  'a gauge of a busy process, and of one at rest': ({ side, random }) => ({
    body: {
      connections: side === 'baseline' ? random.int(3, 5) : 1,
      load: side === 'baseline' ? random.int(10, 300) / 100 : 0,
    },
  }),
  'a counter of what others do': ({ side, index, random }) => ({
    body: { orders: side === 'baseline' ? 5000 + index * 17 + random.int(0, 9) : 0 },
  }),
  'when something happened last': ({ side, at, random }) => ({
    body: { last: iso(side === 'baseline' ? at - random.int(0, 5000) : Date.UTC(2026, 10, 21, 9, 0, 7)) },
  }),
  'request ids that begin with the host': ({ side, index }) => ({
    body: { a: 1 },
    headers: [
      [
        'x-request-id',
        side === 'baseline'
          ? `web-6d4f/kJ3xUyWwZq-${String(5000 + index).padStart(6, '0')}`
          : `seatrial-web/aB3xUyWwZz-${String(index).padStart(6, '0')}`,
      ],
    ],
  }),
  'request ids by a counter of the process': ({ side, index }) => ({
    body: { request: side === 'baseline' ? `req-${5001 + index}` : `req-${index}` },
  }),
  'for how long it has been up, in words': ({ side, index }) => ({
    body: { up: side === 'baseline' ? `up 3 hours ${10 + index} minutes` : `up ${12 + index} seconds` },
  }),
  'how many requests it served, in words': ({ side, index }) => ({
    body: {
      text:
        side === 'baseline'
          ? `Served ${5000 + index} requests`
          : `Served ${index + 1} request${index === 0 ? '' : 's'}`,
    },
  }),
  'names out of few': ({ random }) => ({
    body: {
      name: random.pick(['Alice', 'Bob', 'Carol', 'Dave']),
      state: random.pick(['open', 'closed', 'pending']),
    },
  }),
  'two measures that are often the same': ({ random }) => {
    const query = random.int(100, 150);
    return { body: { query, total: query + random.int(0, 1) } };
  },
  'counters in step': ({ side, index }) => {
    const count = (side === 'baseline' ? 5001 : 1) + index;
    return { body: { requests: count, hits: count } };
  },
  'a feed in which old items are edited': ({ random, number }) => ({
    body: { events: feed(number, (id) => ({ edited: random.chance(0.1) ? 9999 : id })) },
  }),
  'a sample in no order': ({ random }) => ({
    body: { some: [1, 2, 3, 4].map(() => ({ sku: random.hex(8), stock: random.int(1, 999) })) },
  }),
  'few users in a feed': ({ random, number }) => ({
    body: {
      events: [0, 1, 2].map((index) => ({
        id: 100 + number - index,
        user: uuid(new Random(`user ${random.int(0, 3)}`)),
      })),
    },
  }),
  'a byte order mark now and then': ({ random }) => ({
    body: `${random.chance(0.5) ? '\uFEFF' : ''}{"a":1}`,
  }),
};

type Regression = readonly [baseline: Make, candidate: Make, rule: RuleId, place: string];

const value = (one: Make, other: Make, place = '$.v'): Regression => [one, other, 'value-changed', place];
const form = (one: Make, other: Make): Regression => [one, other, 'format-changed', '$.v'];
/** An answer with one value, made of the moment. */
const v =
  (make: (moment: Parameters<Make>[0]) => unknown): Make =>
  (moment) => ({ body: { v: make(moment) } });
const dated =
  (make: (moment: Parameters<Make>[0]) => unknown): Make =>
  (moment) => ({ ...v(make)(moment), headers: [['date', new Date(moment.at).toUTCString()]] });
const items = (own: boolean): Make => {
  return ({ random }) => {
    const one = uuid(random);
    return { body: { items: [1, 2, 3, 4].map(() => ({ id: own ? uuid(random) : one, count: 1 })) } };
  };
};
const ordered = (location: number): Make => {
  return ({ number }) => ({
    status: 201,
    body: { id: 1000 + number * 3 },
    headers: [['location', `/orders/${1000 + number * 3 + location}`]],
  });
};
const expires = (after: number): Make => dated(({ at }) => iso(at + after));

export const underNoise: Readonly<Record<string, Regression>> = {
  'a counter that stands at 0': value(
    v(({ index }) => 5001 + 3 * index),
    v(() => 0),
  ),
  'a counter of both sides that begins anew each time': value(
    v(({ number }) => 5001 + number),
    v(() => 1),
  ),
  'one id for all items': value(items(true), items(false), '$.items[*].id'),
  'a number of a sequence that is echoed wrong': value(ordered(0), ordered(-1), '$.id'),
  'a code whose number is that of another': value(
    ({ number }) => ({ body: { id: 1000 + number * 3, v: `ORD-${1000 + number * 3}` } }),
    ({ number }) => ({ body: { id: 1000 + number * 3, v: `ORD-${1001 + number * 3}` } }),
  ),
  'a feed the other way round': [
    ({ number }) => ({ body: { events: feed(number) } }),
    ({ number }) => ({ body: { events: feed(number).reverse() } }),
    'order-changed',
    '$.events',
  ],
  'a feed the other way round, of which no two answers share an item': [
    ({ number }) => ({ body: { events: feed(number * 3) } }),
    ({ number }) => ({ body: { events: feed(number * 3).reverse() } }),
    'order-changed',
    '$.events',
  ],
  'a list that holds something each time, and nothing': [
    v(({ random }) => Array.from({ length: random.int(1, 5) }, () => ({ id: random.hex(8) }))),
    v(() => []),
    'array-length-changed',
    '$.v',
  ],
  'a list that grows and lost its first item': [
    v(({ index }) => Array.from({ length: 6 + index }, (_, id) => ({ id, n: id * 10 }))),
    v(({ index }) => Array.from({ length: 6 + index }, (_, id) => ({ id, n: id * 10 })).slice(1)),
    'array-length-changed',
    '$.v',
  ],
  'a feed in which an item comes twice': [
    ({ number }) => ({ body: { events: feed(number * 3) } }),
    ({ number }) => {
      const events = feed(number * 3);
      return { body: { events: [events[0], ...events.slice(0, 4)] } };
    },
    'array-length-changed',
    '$.events',
  ],
  'a text that is cut': value(
    v(({ random }) => `Order ${random.hex(6)} was not found in the shop`),
    v(({ random }) => `Order ${random.hex(6)} was not found in the shop`.slice(0, random.int(8, 25))),
  ),
  'other words around an id': value(
    v(({ random }) => `Order ${random.hex(6)} was not found`),
    v(({ random }) => `Order ${random.hex(6)} was found`),
  ),
  'a name that is missing in a text': value(
    v(({ random }) => `Dear ${random.word(6)}`),
    v(() => 'Dear undefined'),
  ),
  'an object that is written into a text': value(
    v(({ random }) => random.word(6)),
    v(() => '[object Object]'),
  ),
  'null in letters': value(
    v(({ random }) => random.word(8)),
    v(() => 'null'),
  ),
  'quotes around a value': value(
    v(({ random }) => random.hex(6)),
    v(({ random }) => `"${random.hex(6)}"`),
  ),
  'a line end after a value': value(
    v(({ random }) => `x${random.hex(6)}`),
    v(({ random }) => `x${random.hex(6)}\n`),
  ),
  'names in lower case': value(
    v(({ random }) => random.pick(names)),
    v(({ random }) => random.pick(names).toLowerCase()),
  ),
  'addresses of another domain': value(
    v(({ random }) => `${random.word(6)}@example.com`),
    v(({ random }) => `${random.word(6)}@example.org`),
  ),
  'a state that the baseline never has': value(
    v(({ random }) => random.pick(['HIT', 'MISS'])),
    v(() => 'ERROR'),
  ),
  'another prefix of ids': form(
    v(({ random }) => `ord_${random.hex(16)}`),
    v(({ random }) => `order_${random.hex(16)}`),
  ),
  'ids without their prefix': form(
    v(({ random }) => `ord_${random.hex(16)}`),
    v(({ random }) => random.hex(16)),
  ),
  'shorter digests': form(
    v(({ random }) => random.hex(64)),
    v(({ random }) => random.hex(32)),
  ),
  'shorter tokens': form(
    v(({ random }) => base64url(random, 32)),
    v(({ random }) => base64url(random, 16)),
  ),
  'base64 for hex': form(
    v(({ random }) => random.hex(40)),
    v(({ random }) => base64(random, 20)),
  ),
  'amounts without their cents': value(
    v(({ random }) => random.int(1000, 9999) / 100 + 0.001),
    v(({ random }) => random.int(10, 99)),
  ),
  'amounts below zero': value(
    v(({ random }) => random.int(10, 99)),
    v(({ random }) => -random.int(10, 99)),
  ),
  'a session of a day for one of an hour': value(expires(hour), expires(24 * hour)),
  'a quarter of an hour more': value(expires(15 * minute), expires(30 * minute)),
  'an expiry in seconds since 1970, thirty days late': value(
    dated(({ at }) => Math.floor((at + hour) / second)),
    dated(({ at }) => Math.floor((at + 720 * hour) / second)),
  ),
  'a token that lives for a day, not an hour': value(
    dated((moment) => jwt(moment, { exp: Math.floor(moment.at / second) + 3600 })),
    dated((moment) => jwt(moment, { exp: Math.floor(moment.at / second) + 86_400 })),
  ),
  'the year before': value(
    dated(({ at }) => iso(at)),
    dated(({ at }) => iso(at).replace('2026', '2025')),
  ),
  'a clock that stands still': value(
    dated(({ at }) => iso(at)),
    dated(() => '2026-11-22T10:00:00.123Z'),
  ),
};
