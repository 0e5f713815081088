import { describe, expect, it } from 'vitest';
import { answer, diffAnswers, type Out, times, told } from './support.ts';

/** Seven answers a side, so that all that is found is confirmed. */
function headers(before: Record<string, string | string[]>, after: Record<string, string | string[]>): Out {
  const seven = (value: Record<string, string | string[]>) => times(7, () => answer({}, 200, value));
  return diffAnswers(seven(before), seven(after));
}

function bodies(type: string, before: unknown, after: unknown): Out {
  const seven = (body: unknown) => times(7, () => answer(body, 200, { 'content-type': type }));
  return diffAnswers(seven(before), seven(after));
}

const cookie = (rest: string) => ({ 'set-cookie': [`sid=abc; Path=/; ${rest}`, 'theme=dark'] });

describe('cookies', () => {
  it('lose an attribute: suspicious, with the name of cookie and attribute', () => {
    const out = headers(cookie('HttpOnly; Secure'), cookie('Secure'));
    expect(told(out)).toEqual(['header-changed header:set-cookie']);
    expect(out.findings[0]?.why).toContain('sid httponly');
    expect(out.findings[0]?.before).toContain('HttpOnly');
  });
  it('are compared whatever their order, and the case and order of attributes', () => {
    const before = { 'set-cookie': ['a=1; Path=/x; SameSite=Lax', 'b=2'] };
    const after = { 'set-cookie': ['b=2', 'a=1; samesite=lax; path=/x'] };
    expect(told(headers(before, after))).toEqual([]);
  });
  it('have a path with case', () => {
    expect(told(headers({ 'set-cookie': 'a=1; Path=/Cart' }, { 'set-cookie': 'a=1; Path=/cart' }))).toEqual([
      'header-changed header:set-cookie',
    ]);
  });
  it('live as long as before, whenever they are sent', () => {
    const at = (minute: number, days: number) =>
      answer({}, 200, {
        date: new Date(Date.UTC(2026, 2, 1, 10, minute)).toUTCString(),
        'set-cookie': `sid=x; Expires=${new Date(Date.UTC(2026, 2, 1 + days, 10, minute, 1)).toUTCString()}`,
      });
    expect(told(diffAnswers([at(1, 30), at(2, 30)], [at(3, 30), at(4, 30)]))).toEqual([]);
    expect(told(diffAnswers([at(1, 30), at(2, 30)], [at(3, 1), at(4, 1)]))).toEqual([
      'header-changed header:set-cookie',
    ]);
  });
  it('of the same name are each compared', () => {
    const two = (path: string) => ({ 'set-cookie': ['a=1; Path=/', `a=2; Path=${path}`] });
    expect(told(headers(two('/x'), two('/y')))).toEqual(['header-changed header:set-cookie']);
  });
  it('that are new take nothing from anyone; one that is gone does', () => {
    const one = { 'set-cookie': ['a=1'] };
    const two = { 'set-cookie': ['a=1', 'b=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl'] };
    expect(headers(one, two)).toMatchObject({ differs: 'harmless', findings: [{ rule: 'header-added' }] });
    expect(headers(two, one)).toMatchObject({
      differs: 'suspicious',
      findings: [{ rule: 'header-changed' }],
    });
  });
});

describe('two cookies that changed', () => {
  const set = (one: string, other: string) => ({ 'set-cookie': [`sid=a; ${one}`, `theme=b; ${other}`] });
  const prints = (one: string, other: string) =>
    headers(set('HttpOnly; Secure', 'Path=/'), set(one, other)).findings.map(
      ({ fingerprint }) => fingerprint,
    );

  it('are two findings at one place, so that to accept one is not to accept all', () => {
    const both = headers(set('HttpOnly; Secure', 'Path=/'), set('Secure', 'Path=/x'));
    expect(told(both)).toEqual(['header-changed header:set-cookie', 'header-changed header:set-cookie']);
    const [sid] = prints('Secure', 'Path=/');
    const [theme] = prints('HttpOnly; Secure', 'Path=/x');
    expect(sid).not.toBe(theme);
    expect(prints('Secure', 'Path=/x')).toEqual([sid, theme].toSorted());
  });

  it('are one each, however many attributes changed', () => {
    expect(prints('Path=/x', 'Path=/')).toHaveLength(1);
  });
});

describe('an attribute more of a cookie', () => {
  it('is no cookie more', () => {
    expect(told(headers({ 'set-cookie': 'a=1' }, { 'set-cookie': 'a=1; Path=/' }))).toEqual([
      'header-changed header:set-cookie',
    ]);
  });
});

describe('the content type', () => {
  it('says UTF-8 to no purpose where that is what the type means by itself', () => {
    for (const type of ['image/svg+xml', 'application/wasm', 'application/javascript']) {
      expect(told(headers({ 'content-type': `${type}; charset=UTF-8` }, { 'content-type': type }))).toEqual(
        [],
      );
      expect(told(headers({ 'content-type': `${type}; charset=utf-16` }, { 'content-type': type }))).toEqual([
        'content-type-changed header:content-type',
      ]);
    }
  });
});

describe('caching, CORS and other lists', () => {
  it('a directive is compared by itself: one that varies hides no other', () => {
    const cached = (n: number, more: string) => answer({}, 200, { 'cache-control': `max-age=${n}${more}` });
    const before = [cached(50, ', private'), cached(40, ', private')];
    expect(told(diffAnswers(before, [cached(30, ', private'), cached(20, ', private')]))).toEqual([]);
    expect(told(diffAnswers(before, [cached(30, ''), cached(20, '')]))).toEqual([
      'header-changed header:cache-control',
    ]);
  });
  it('names of directives have no case, and their order says nothing', () => {
    expect(
      told(headers({ 'cache-control': 'No-Cache, max-age=0' }, { 'cache-control': 'max-age=0,no-cache' })),
    ).toEqual([]);
  });
  it('a method or origin less is suspicious, a method more is harmless', () => {
    const allow = (methods: string) => ({ 'access-control-allow-methods': methods });
    expect(headers(allow('GET, POST'), allow('GET')).differs).toBe('suspicious');
    expect(headers(allow('GET'), allow('post, GET')).differs).toBe('harmless');
    expect(
      headers({ 'access-control-allow-origin': '*' }, { 'access-control-allow-origin': 'https://a.example' })
        .differs,
    ).toBe('suspicious');
  });
  it('a header that is named like a secret is none', () => {
    expect(headers({}, { 'access-control-allow-credentials': 'true' })).toMatchObject({
      differs: 'harmless',
      findings: [{ rule: 'header-added' }],
    });
  });
  it('links are compared by their relation, targets as URLs', () => {
    const link = (cursor: string, path = 'orders') => ({
      link: `<https://api.example/${path}?cursor=${cursor}>; rel="next", </first>; rel=first`,
    });
    const side = (...cursors: string[]) => cursors.map((one) => answer({}, 200, link(one)));
    expect(told(diffAnswers(side('a1b2c3d4', 'e5f6a7b8'), side('c9d0e1f2', 'a3b4c5d6')))).toEqual([]);
    expect(told(headers(link('a'), link('a', 'carts')))).toEqual(['header-changed header:link']);
  });
});

describe('redirects', () => {
  const to = (location: string) => answer(undefined, 302, { location });
  it('are compared as URLs: a state that varies hides no other target', () => {
    const before = [to('/login?state=a1b2c3d4'), to('/login?state=b2c3d4e5')];
    expect(told(diffAnswers(before, [to('/login?state=c3d4e5f6'), to('/login?state=d4e5f6a7')]))).toEqual([]);
    expect(told(diffAnswers(before, [to('/signin?state=c3d4e5f6'), to('/signin?state=d4e5f6a7')]))).toEqual([
      'header-changed header:location',
    ]);
  });
});

describe('compression and trailers', () => {
  it('a coding that is gone is seen; an unknown one is said and compared as bytes', () => {
    expect(told(headers({ 'content-encoding': 'gzip' }, {}))).toEqual([
      'header-removed header:content-encoding',
    ]);
    const coded = (body: string) => ({
      status: 200,
      headers: { 'content-type': 'application/json', 'content-encoding': 'compress' },
      body,
      encoding: 'base64',
    });
    const out = diffAnswers(
      times(7, () => coded('H52Q')),
      times(7, () => coded('H52R')),
    );
    expect(told(out)).toEqual(['value-changed $']);
    expect(out.notes?.join()).toContain('"compress"');
  });
  it('trailers are compared as headers', () => {
    const side = (trailers: Record<string, string>) => times(7, () => ({ ...answer({}), trailers }));
    expect(told(diffAnswers(side({ 'x-sum': 'a' }), side({ 'x-sum': 'b' })))).toEqual([
      'header-changed header:x-sum',
    ]);
    expect(told(diffAnswers(side({ 'x-sum': 'a' }), side({})))).toEqual(['header-removed header:x-sum']);
  });
});

describe('frames', () => {
  it('NDJSON is compared line by line, as JSON', () => {
    const lines = (...items: unknown[]) => items.map((item) => `${JSON.stringify(item)}\n`).join('');
    const out = bodies(
      'application/x-ndjson',
      lines({ id: 1, n: 1 }, { id: 2, n: 2 }),
      lines({ n: 1, id: 1 }, { id: 2, n: '2' }),
    );
    expect(told(out)).toEqual(['type-changed $[*].n']);
  });
  it('server-sent events are compared event by event, with their data as JSON', () => {
    const events = (price: unknown) =>
      `: keep-alive\n\nevent: price\nid: 1\ndata: {"price":\ndata: ${JSON.stringify(price)}}\n\ndata: done\n\n`;
    expect(told(bodies('text/event-stream', events(5), events('5')))).toEqual([
      'type-changed $[*].data.price',
    ]);
    expect(told(bodies('text/event-stream', events(5), events(5).replaceAll('\n', '\r\n')))).toEqual([]);
  });
});

describe('GraphQL', () => {
  it('errors that no baseline answer has are breaking, though the status is the same', () => {
    const out = bodies(
      'application/json',
      { data: { cart: { total: 5 } } },
      { data: { cart: { total: 5 } }, errors: [{ message: 'tax is down', path: ['cart', 'tax'] }] },
    );
    expect(out.findings).toMatchObject([{ rule: 'errors-added', severity: 'breaking', place: '$.errors' }]);
  });
  it('data is compared by field', () => {
    const out = bodies(
      'application/graphql-response+json',
      { data: { cart: { total: 5 } } },
      { data: { cart: { total: null } } },
    );
    expect(told(out)).toEqual(['null-introduced $.data.cart.total']);
  });
});

describe('HTML', () => {
  const html = (body: string) =>
    `<!doctype html><html><head><title>Shop</title></head><body>${body}</body></html>`;
  const compare = (before: string, after: string) => bodies('text/html', html(before), html(after));
  it('is compared by its elements, attributes and text', () => {
    expect(told(compare('<p class="a b">Hi</p>', '<p class="b  a">Hi</p>'))).toEqual([]);
    expect(told(compare('<p>Hi\n  there</p>', '<!-- x --><p>Hi there</p>'))).toEqual([]);
    expect(told(compare('<p>Hi</p>', '<p>Ho</p>'))).toEqual(['value-changed $.html.body.p']);
    expect(told(compare('<a href="/a">x</a>', '<a href="/b">x</a>'))).toEqual([
      "value-changed $.html.body.a['@href']",
    ]);
    expect(told(compare('<p>x</p><form action="/pay"></form>', '<p>x</p>'))).toEqual([
      'removed-field $.html.body.form',
    ]);
    expect(told(compare('<p>x</p>', '<p>x</p><aside>new</aside>'))).toEqual([
      'added-field $.html.body.aside',
    ]);
    const list = (...items: string[]) => `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;
    expect(told(compare(list('a', 'b'), list('a', 'b', 'c')))).toEqual([
      'array-length-changed $.html.body.ul.li',
    ]);
    expect(told(compare(list('a', 'b', 'c'), list('c', 'b', 'a')))).toEqual([
      'order-changed $.html.body.ul.li',
    ]);
  });
  it('sees elements that change places, and elements that move within a text', () => {
    expect(told(compare('<h1>x</h1><p>y</p>', '<p>y</p><h1>x</h1>'))).toEqual(['order-changed $.html.body']);
    expect(told(compare('<p>a <b>x</b> c</p>', '<p>a c <b>x</b></p>'))).toEqual([
      'value-changed $.html.body.p',
    ]);
  });
  it('forgives the words that vary and no others', () => {
    const page = (n: number, word = 'boats') =>
      answer(html(`<p>There are ${n} ${word} today</p>`), 200, { 'content-type': 'text/html' });
    expect(told(diffAnswers([page(1), page(2)], [page(3), page(4)]))).toEqual([]);
    expect(told(diffAnswers([page(1), page(2)], [page(3, 'ships'), page(4, 'ships')]))).toEqual([
      'value-changed $.html.body.p',
    ]);
  });
  it('past its bounds is compared as text, and says so', () => {
    const deep = (core: string) => `${'<div>'.repeat(5000)}${core}${'</div>'.repeat(5000)}`;
    const out = compare(deep('1'), deep('2'));
    expect(out.differs).toBe('breaking');
    expect(out.notes?.join()).toContain('200 levels');
  });
});

describe('XML', () => {
  const order = (rest: string) => `<?xml version="1.0"?>\n<order id="7">${rest}</order>`;
  const compare = (before: string, after: string) => bodies('application/xml', order(before), order(after));
  it('is compared by its elements: no white space between them, no self-closing form', () => {
    expect(told(compare('<note/><total>5</total>', '\n  <note></note>\n  <total>5</total>\n'))).toEqual([]);
    expect(told(compare('<total>5</total>', ''))).toEqual(['removed-field $.order.total']);
    expect(told(compare('<total>5</total>', '<total currency="EUR">5</total>'))).toEqual([
      "added-field $.order.total['@currency']",
    ]);
    expect(told(compare('<Total>5</Total>', '<total>5</total>')).length).toBeGreaterThan(0);
    expect(told(compare('<i n="1">a</i><i n="2">b</i>', '<i n="1">a</i><i n="2">c</i>'))).toEqual([
      'value-changed $.order.i[*]',
    ]);
    expect(told(compare('<t><![CDATA[a<b]]></t>', '<t>a&lt;b</t>'))).toEqual([]);
  });
  it('that is not well formed is compared as text, and says so', () => {
    const out = compare('<a>1</a>', '<a>1');
    expect(out.differs).toBe('breaking');
    expect(out.notes?.join()).toContain('not well formed');
  });
});

describe('binary bodies', () => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 0xff]).toString('base64');
  const jpeg = Buffer.from([0xff, 0xd8, 0xff, 1, 2]).toString('base64');
  const side = (body: string) =>
    times(7, () => ({ ...answer(body, 200, { 'content-type': 'image/png' }), encoding: 'base64' }));
  it('are compared by what they are, their size and hash', () => {
    expect(told(diffAnswers(side(png), side(png)))).toEqual([]);
    const out = diffAnswers(side(png), side(jpeg));
    expect(out.findings).toMatchObject([{ rule: 'type-changed', place: '$' }]);
    expect(out.findings[0]?.before).toContain('PNG image: 7 bytes, SHA-256');
  });
});

describe('no body', () => {
  it('is not an empty object, an empty list, an empty text, nor null', () => {
    for (const empty of ['{}', '[]', '""', 'null']) {
      expect(bodies('application/json', empty, '').differs).toBe('breaking');
      expect(bodies('application/json', '', empty).differs).not.toBe('none');
    }
  });
});
