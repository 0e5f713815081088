import { describe, expect, it } from 'vitest';
import { answer, diff, diffAnswers, times, told, twice, uuid } from './support.ts';

/** Each of these turns red when the noise step is removed: the baseline's own variation would become findings. */
describe('noise of the baseline is forgiven', () => {
  const noisy: Record<string, (n: number) => unknown> = {
    'uuid v4': (n) => uuid(n * 7919),
    ulid: (n) => `01ARZ3NDEKTSV4RRFFQ69G5F${'ABCDEFGHJK'[n % 10]}${'ABCDEFGHJK'[(n * 3) % 10]}`,
    nanoid: (n) => `V1StGXR8_Z5jdHi${n}B-my${n}`,
    'timestamp with Z': (n) => `2026-03-01T10:00:0${n % 10}.12${n % 10}Z`,
    'timestamp without zone': (n) => `2026-03-01 10:00:0${n % 10}`,
    'epoch seconds': (n) => 1_780_000_000 + n,
    'epoch milliseconds': (n) => 1_780_000_000_000 + n * 37,
    'http date': (n) => `Sun, 01 Mar 2026 10:00:0${n % 10} GMT`,
    jwt: (n) => `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ${n}In0.c2lnbmF0dXJl${n}`,
    'signed URL': (n) => `https://cdn.example/a/b.png?expires=178000000${n}&signature=ab${n}cdef`,
    'jitter across a digit boundary': (n) => 97 + n,
    'counter far from the candidate’s own': (n) => (n < 10 ? 5000 + n : n - 9),
    'measured time': (n) => n * 13,
    'host name': (n) => `pod-${n}-x`,
    'free text': (n) => `Answer number ${n} for you`,
  };
  for (const [name, make] of Object.entries(noisy)) {
    it(`${name}`, () => {
      const body = (n: number) => ({ fixed: 'x', duration: 1, v: make(n) });
      const out = diff([body(0), body(3)], [body(11 % 10), body(2)]);
      expect(told(out)).toEqual([]);
      expect(out.differs).toBe('none');
      expect(out.volatile).toEqual([
        { place: '$.v', dimensions: expect.arrayContaining(['value']) as unknown },
      ]);
    });
  }

  it('a list in no order', () => {
    const items = [1, 2, 3, 4].map((n) => ({ sku: `s${n}`, price: n }));
    const out = diff([items, items.toReversed()], [[items[1], items[0], items[3], items[2]], items]);
    expect(out).toMatchObject({ differs: 'none', volatile: [{ place: '$', dimensions: ['order'] }] });
  });

  it('a list that grows', () => {
    const list = (n: number) => ({ items: times(n, (i) => ({ id: uuid(i), n: i })) });
    expect(told(diff([list(3), list(6)], [list(4), list(5)]))).toEqual([]);
  });

  it('an optional field', () => {
    expect(told(diff([{ a: 1, note: 'x' }, { a: 1 }], [{ a: 1 }, { a: 1 }]))).toEqual([]);
  });

  it('a counter that the fork begins at its own start', () => {
    expect(told(diff([{ n: 5001 }, { n: 5004 }], [{ n: 2 }, { n: 3 }]))).toEqual([]);
  });
});

describe('what says nothing, noise or not', () => {
  it('a map whose keys are made anew', () => {
    const map = (n: number) => ({
      byId: Object.fromEntries(times(5, (i) => [uuid(n * 100 + i), { ok: true, n: i }])),
    });
    expect(told(diff([map(1), map(2)], [map(3), map(4)]))).toEqual([]);
  });

  it('an id that all of one answer repeats', () => {
    const made = (n: number) =>
      answer({ id: uuid(n), self: `/orders/${uuid(n)}` }, 201, {
        'content-type': 'application/json',
        location: `/orders/${uuid(n)}`,
      });
    expect(told(diffAnswers([made(1), made(2)], [made(3), made(4)]))).toEqual([]);
  });

  it('the charset of JSON, which has none; that of text says something', () => {
    const typed = (type: string, body: unknown) => twice(answer(body, 200, { 'content-type': type }));
    expect(
      told(diffAnswers(typed('application/json; charset=utf-8', {}), typed('application/json', {}))),
    ).toEqual([]);
    expect(told(diffAnswers(typed('text/plain; charset=utf-8', 'a'), typed('text/plain', 'a')))).toEqual([
      'content-type-changed header:content-type',
    ]);
  });

  it('the framing of messages', () => {
    const at = (second: number) =>
      answer({}, 200, {
        date: `Sun, 01 Mar 2026 10:00:0${second} GMT`,
        connection: second > 2 ? 'close' : 'keep-alive',
      });
    expect(told(diffAnswers([at(1), at(1)], [at(3), at(3)]))).toEqual([]);
  });
});

describe('only the dimension that varies is forgiven', () => {
  it('a UUID that varies is still a UUID', () => {
    expect(told(diff([{ id: uuid(1) }, { id: uuid(2) }], [{ id: 'order-1' }, { id: 'order-2' }]))).toEqual([
      'format-changed $.id',
    ]);
  });

  it('a number that varies is still a number', () => {
    expect(told(diff([{ n: 1.5 }, { n: 2.5 }], [{ n: '1.5' }, { n: '3.5' }]))).toEqual(['type-changed $.n']);
  });

  it('a value that varies is still there, and not null', () => {
    expect(told(diff([{ id: uuid(1) }, { id: uuid(2) }], [{}, {}]))).toEqual(['removed-field $.id']);
    expect(told(diff([{ id: uuid(1) }, { id: uuid(2) }], [{ id: null }, { id: null }]))).toEqual([
      'null-introduced $.id',
    ]);
  });

  it('a field that is there sometimes has its type when it is', () => {
    expect(told(diff([{ a: 5 }, {}], [{ a: '5' }, { a: '5' }]))).toEqual(['type-changed $.a']);
  });

  it('a list in no order still has its items and their fields', () => {
    const list = (price: number) => [
      { sku: 'a', price },
      { sku: 'b', price: 2 },
    ];
    expect(told(diff([list(1), list(1).toReversed()], [list(9), list(9).toReversed()]))).toEqual([
      'value-changed $[*].price',
    ]);
    expect(told(diff([list(1), list(1).toReversed()], [[list(1)[0]], [list(1)[0]]]))).toEqual([
      'array-length-changed $',
    ]);
  });

  it('a signed URL varies in its signature, not in its path', () => {
    const url = (path: string, n: number) => ({ u: `https://cdn.example/${path}?sig=ab${n}cdef` });
    expect(told(diff([url('a', 1), url('a', 2)], [url('b', 3), url('b', 4)]))).toEqual(['value-changed $.u']);
  });

  it('noise at one place says nothing of its neighbours, nor of places below', () => {
    const out = diff(
      [
        { a: { id: uuid(1), n: 1 }, b: 1 },
        { a: { id: uuid(2), n: 1 }, b: 1 },
      ],
      [
        { a: { id: uuid(3), n: 2 }, b: 2 },
        { a: { id: uuid(4), n: 2 }, b: 2 },
      ],
    );
    expect(told(out)).toEqual(['value-changed $.a.n', 'value-changed $.b']);
  });

  it('a root that varies hides nothing that it holds', () => {
    const list = (n: number, item: object) => times(2 + (n % 3), (at) => ({ id: `item-${at}`, ...item }));
    const told7 = (before: (n: number) => unknown, after: (n: number) => unknown) =>
      told(diff(times(7, before), times(7, after)));
    expect(
      told7(
        (n) => list(n, { a: 1, b: 2 }),
        (n) => list(n, { a: 1 }),
      ),
    ).toEqual(['removed-field $[*].b']);
    const turns = (body: object) => (n: number) => (n % 2 === 0 ? body : [body]);
    expect(told7(turns({ a: 1, b: 2 }), turns({ a: 1, b: '2' }))).toContain('type-changed $.b');
    const texts = (n: number) => `Text ${n} of today`;
    expect(told7(texts, (n) => ({ text: texts(n) }))).toEqual(['type-changed $']);
  });

  it('an order that cannot be told is no noise', () => {
    // Items that are all the same to the eye: nothing shows that they changed places, so no order is forgiven.
    const items = (n: number) => times(3, (at) => ({ at: 1000 + n * 10 + at, text: 'a' }));
    const out = diff(
      times(3, items),
      times(3, (n) => items(n + 5)),
    );
    expect(out.volatile.filter(({ dimensions }) => dimensions.includes('order'))).toEqual([]);
  });

  it('of statuses that vary one that the baseline never has is told, one of them is not', () => {
    const statuses = (...all: number[]) => all.map((status) => answer({}, status));
    expect(told(diffAnswers(statuses(200, 503, 200), statuses(500, 500, 500)))).toEqual([
      'status-changed status',
    ]);
    expect(told(diffAnswers(statuses(200, 503, 200), statuses(503, 200, 503)))).toEqual([]);
  });

  it('a time that jumps to another zone is found although times vary', () => {
    const at = (hour: number, second: number) => ({ at: `2026-03-01T${hour}:00:0${second}Z` });
    expect(told(diff([at(10, 1), at(10, 2)], [at(15, 1), at(15, 2)]))).toEqual(['value-changed $.at']);
  });

  it('the candidate’s own noise forgives nothing', () => {
    const out = diff(
      times(7, () => ({ n: 1 })),
      times(7, (n) => ({ n: n * 100 })),
    );
    expect(told(out)).toEqual(['became-volatile $.n']);
    expect(out.volatile).toEqual([]);
  });
});

describe('further answers settle what two cannot', () => {
  it('what luck shows too often under noise is not told of before it is sure, and is asked about', () => {
    const cache = (count: number, of: (n: number) => string) =>
      times(count, (n) => ({ cache: of(n), id: uuid(n) }));
    const both = (n: number) => (n % 2 === 0 ? 'HIT' : 'MISS');
    for (const count of [2, 3, 6]) {
      const out = diff(
        cache(count, both),
        cache(count, () => 'BYPASS'),
      );
      expect(out).toMatchObject({ differs: 'none', findings: [], unconfirmed: [] });
    }
    expect(
      diff(
        cache(7, both),
        cache(7, () => 'BYPASS'),
      ).findings,
    ).toMatchObject([{ rule: 'value-changed', place: '$.cache', confirmed: true }]);
  });

  it('maps of an item that came last, whose keys are made anew, say nothing', () => {
    const item = (id: number, n: number) => ({ id, locks: { [uuid(n * 50 + id)]: { held: true } } });
    const list = (n: number) => times(4 + n, (id) => item(id, n));
    const out = diff(
      times(7, (n) => list(n)),
      times(7, (n) => list(n).map(({ id }) => item(id, n + 100))),
    );
    expect(told(out)).toEqual([]);
  });

  const flip = (values: readonly boolean[]) => values.map((on) => ({ on }));

  it('a fair coin that looked steady is unconfirmed, and no finding', () => {
    const early = diff(flip([true, true]), flip([false, false]));
    expect(early.findings).toMatchObject([{ rule: 'value-changed', confirmed: false }]);
    const later = diff(flip([true, true, false, true]), flip([false, false, true, false]));
    expect(told(later)).toEqual([]);
    expect(later.unconfirmed).toMatchObject([{ rule: 'value-changed', place: '$.on', confirmed: false }]);
  });

  it('seven answers a side that agree confirm a flipped boolean', () => {
    const out = diff(flip(times(7, () => true)), flip(times(7, () => false)));
    expect(out.findings).toMatchObject([{ rule: 'value-changed', confirmed: true }]);
  });

  it('one answer a side confirms nothing', () => {
    expect(diff([{ n: 1 }], [{ n: '1' }]).findings).toMatchObject([
      { rule: 'type-changed', confirmed: false },
    ]);
  });

  it('a field that all of the baseline lacks and only some of the candidate has is doubted, unless it is a leak', () => {
    const some = (field: object) =>
      [true, false, true, false, true, true, false].map((on) => (on ? { a: 1, ...field } : { a: 1 }));
    const plain = times(7, () => ({ a: 1 }));
    const banner = diff(plain, some({ banner: 'Free returns' }));
    expect(told(banner)).toEqual([]);
    expect(banner.unconfirmed).toMatchObject([{ rule: 'added-field', place: '$.banner' }]);
    expect(told(diff(plain, some({ passwordHash: 'x' })))).toEqual(['leaked-field $.passwordHash']);
  });

  it('a coin that fell the same way seven times in the baseline is doubted', () => {
    const out = diff(flip(times(7, () => true)), flip([true, false, true, false, true, true, true]));
    expect(told(out)).toEqual([]);
    expect(out.unconfirmed).toMatchObject([{ rule: 'became-volatile' }]);
  });

  it('a finding rests on the answers that could show it: lines that two answers have by chance are none', () => {
    const text = (lines: readonly string[]) => ({
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: ['peers:', ...lines, 'title: Ivory tray', 'The end of the page'].join('\n'),
    });
    const peers = (count: number, n: number) => times(count, (at) => `  topic ${n * 17 + at * 5} of the day`);
    const out = diffAnswers(
      [2, 4, 2, 2, 2, 3, 3].map((count, n) => text(peers(count, n))),
      [2, 4, 2, 3, 3, 3, 3].map((count, n) => text(peers(count, n + 7))),
    );
    expect(told(out)).toEqual([]);
  });

  it('what items show that stand in some answers only speaks together', () => {
    const list = (n: number, on: boolean) =>
      [0, 1, 2].filter((at) => at !== n % 3).map((at) => ({ id: `a${at}`, on }));
    const out = diff(
      times(7, (n) => list(n, true)),
      times(7, (n) => list(n, false)),
    );
    expect(out.findings).toMatchObject([{ rule: 'value-changed', place: '$[*].on', confirmed: true }]);
  });

  it('a coin that one candidate answer shows as all of the baseline do is doubted', () => {
    const banner = (on: boolean) => (on ? { a: 1, banner: 'x' } : { a: 1 });
    const out = diff(
      times(7, () => banner(true)),
      times(7, (n) => banner(n === 3)),
    );
    expect(told(out)).toEqual([]);
    expect(out.unconfirmed).toMatchObject([{ rule: 'became-volatile', place: '$.banner' }]);
  });

  it('an order that is lost is told, though a short list comes out the same once', () => {
    const roles = ['admin', 'editor', 'guest'];
    const out = diff(
      times(7, () => ({ roles })),
      times(7, (n) => ({
        roles: n === 2 ? roles : n % 2 === 0 ? roles.toReversed() : ['editor', 'admin', 'guest'],
      })),
    );
    expect(told(out)).toEqual(['became-volatile $.roles']);
  });
});
