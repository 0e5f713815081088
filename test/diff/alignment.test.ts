import { describe, expect, it } from 'vitest';
import { answer, diff, diffAnswers, times, told, twice } from './support.ts';

const seven = <T>(value: T): T[] => times(7, () => value);

describe('items whose identity is what changed', () => {
  const facets = ['billing', 'search', 'media'].map((term, at) => ({ term, count: 10 + at, share: at / 7 }));

  it('are the same items where all else in them is as it was', () => {
    const other = facets.map((facet, at) => (at === 1 ? { ...facet, term: 'search_v2' } : facet));
    expect(told(diff(seven({ facets }), seven({ facets: other })))).toEqual([
      'value-changed $.facets[*].term',
    ]);
  });

  it('are the same items where all of them moved by as much', () => {
    const points = (hour: number) =>
      times(8, (at) => ({
        at: `2025-03-01T${String(at + hour).padStart(2, '0')}:00:00Z`,
        value: 7 * at + 1,
      }));
    expect(told(diff(seven(points(0)), seven(points(2))))).toEqual(['value-changed $[*].at']);
  });

  it('are other items where they have little in common', () => {
    const other = [{ term: 'reports', count: 90, share: 0.5 }, ...facets.slice(1)];
    expect(told(diff(seven({ facets }), seven({ facets: other })))).toEqual(['value-changed $.facets[*]']);
  });

  it('stay apart where they come and go in the baseline', () => {
    const list = (n: number) =>
      times(3, (at) => ({ id: `id-${at}-${at === 2 ? n : 0}`, name: 'x', size: 4 }));
    const out = diff(
      times(7, (n) => list(n)),
      times(7, (n) => list(n + 50)),
    );
    expect(told(out)).toEqual([]);
  });
});

describe('what luck could have done', () => {
  it('a value that the candidate draws among two may have been steady in the baseline by luck', () => {
    const pods = (names: readonly string[]) => names.map((pod) => ({ pod }));
    const out = diff(pods([...'aaaaaaa']), pods([...'xyyxxyx']));
    expect(told(out)).toEqual([]);
    expect(out.unconfirmed).toMatchObject([{ rule: 'became-volatile', place: '$.pod' }]);
  });

  it('an order that came right now and then is asked for again, not given up', () => {
    const lists = [
      [2, 1, 3, 4],
      [1, 2, 3, 4],
      [4, 2, 1, 3],
      [3, 4, 2, 1],
      [2, 3, 4, 1],
      [4, 3, 2, 1],
      [3, 1, 2, 4],
    ];
    const steady = seven({ list: [1, 2, 3, 4] });
    const shuffled = lists.map((list) => ({ list }));
    expect(told(diff(steady, shuffled))).toEqual(['became-volatile $.list']);
  });

  it('a name alone is no sure sign of a leak, a value is', () => {
    const body = { id: 7, debugHint: 'x' };
    const named = diff([{ id: 7 }, { id: 7 }], [body, body]);
    expect(named.findings).toMatchObject([{ rule: 'leaked-field', confirmed: false }]);
    const hash = { id: 7, note: `$2b$10$${'a'.repeat(40)}` };
    expect(diff([{ id: 7 }, { id: 7 }], [hash, hash]).findings).toMatchObject([
      { rule: 'leaked-field', confirmed: true },
    ]);
  });
});

it('an address that is a path only in the candidate has lost its format', () => {
  const url = { self: 'https://shop.example.com/orders/7' };
  expect(told(diff(seven(url), seven({ self: '/orders/7' })))).toEqual(['format-changed $.self']);
  expect(told(diff(seven(url), seven({ self: 'https://shop.example.com/orders/8' })))).toEqual([
    'value-changed $.self',
  ]);
});

describe('CSV', () => {
  const table = (text: string) => seven({ status: 200, headers: { 'content-type': 'text/csv' }, body: text });

  it('is compared cell by cell, rows known by their ids', () => {
    const before = 'id,name,amount\nr1,"Müller, Ana",3.50\nr2,Ito,4\n';
    const after = 'id,name,amount\nr2,Ito,4\nr1,"Müller, Ana",3.05\n';
    expect(told(diffAnswers(table(before), table(after)))).toEqual([
      'order-changed $',
      'value-changed $[*].amount',
    ]);
    const lost = 'id,amount\nr1,3.50\nr2,4\n';
    expect(told(diffAnswers(table(before), table(lost)))).toEqual(['removed-field $[*].name']);
  });

  it('has its columns in an order: some readers go by it', () => {
    const table = (text: string) => twice(answer(text, 200, { 'content-type': 'text/csv' }));
    const out = diffAnswers(table('id,name\n1,a\n2,b'), table('name,id\na,1\nb,2'));
    expect(told(out)).toEqual(['order-changed $']);
    expect(told(diffAnswers(table('id,name\n1,a'), table('id,name,more\n1,a,x')))).toEqual([
      'added-field $[*].more',
    ]);
  });

  it('is text where its lines are no table', () => {
    expect(told(diffAnswers(table('a,b\n1,2,3\n'), table('a,b\n1,2,4\n')))).toEqual(['value-changed $']);
  });
});

describe('items that vary in part', () => {
  const nested = (n: number, at: number) => ({
    type: 'Feature',
    load: (n * 7 + at * 3) % 3,
    properties: { station: `st-${at}`, metres: 100 * at, seen: n * 31 + at },
  });

  it('know each other again by an identity further in, though numbers are equal by chance', () => {
    const one = (n: number) => times(5, (at) => nested(n, at));
    const other = (n: number) => one(n).map(({ type, ...rest }, at) => (at === 1 ? rest : { type, ...rest }));
    expect(
      told(
        diff(
          times(7, (n) => one(n)),
          times(7, (n) => other(n + 7)),
        ),
      ),
    ).toEqual(['removed-field $[*].type']);
  });

  it('and swap places are told to be in another order, though an id in each is made anew', () => {
    const frames = (n: number, order: readonly number[]) =>
      order.map((step) => ({ trace: `${n}f3a${step}b7c9d1e`, data: { step, note: `note ${step}` } }));
    expect(
      told(
        diff(
          times(7, (n) => frames(n, [0, 1, 2, 3])),
          times(7, (n) => frames(n + 7, [1, 0, 2, 3])),
        ),
      ),
    ).toEqual(['order-changed $']);
  });

  it('are paired by what stands still where the candidate lost their identity', () => {
    const facets = (n: number, write: (term: string) => string) =>
      ['billing', 'search', 'media', 'identity'].map((term, at) => ({
        term: write(term),
        group: `g${at}`,
        busy: (n + at) % 3 === 0,
        load: (n * 5 + at * 2) % 7,
      }));
    expect(
      told(
        diff(
          times(7, (n) => facets(n, (term) => term)),
          times(7, (n) => facets(n + 7, (term) => term.toUpperCase())),
        ),
      ),
    ).toEqual(['value-changed $[*].term']);
  });
});

describe('elements of one name that their classes tell apart', () => {
  const page = (took: string, price: string) =>
    `<html><body><div><p class="took">${took}</p><p class="price">${price}</p></div></body></html>`;
  const html = (body: string) => ({ status: 200, headers: { 'content-type': 'text/html' }, body });

  it('vary each on its own: noise of one forgives nothing of the other', () => {
    expect(
      told(
        diffAnswers(
          times(7, (n) => html(page(`${n * 13}.5ms`, '12.50'))),
          times(7, (n) => html(page(`${n * 17}.5ms`, '12,50'))),
        ),
      ),
    ).toEqual(['value-changed $.html.body.div.p[*]']);
  });
});
