import { expect, it } from 'vitest';
import { Cookies } from '../../src/compare/cookies.ts';
import { lookupIn } from '../../src/compare/references.ts';
import { renderRequest } from '../../src/compare/render.ts';
import { uniqueValue } from '../../src/compare/unique.ts';
import { template } from './shop.ts';

const lookup = lookupIn({
  params: { sku: 'a/b?c', n: 3, deep: { x: [1, { y: 'z' }] }, line: 'a\r\nb' },
  secrets: { buyer: 's3cret' },
  captured: new Map([['add', { location: '/carts/7?x=1', cart: { id: 7 } }]]),
  seed: 'seed',
  pass: 1,
});
const render = (change: Parameters<typeof template>[1]) => renderRequest(template('t', change), lookup);

it('encodes what it puts into a path, and takes a path that is one reference as it is', () => {
  expect(render({ path: '/p/{{ params.sku }}/{{params.n}}' }).path).toBe('/p/a%2Fb%3Fc/3');
  expect(render({ path: '{{ steps.add.location }}' }).path).toBe('/carts/7?x=1');
});

it('keeps the type of a value that is one reference, and reads paths into values', () => {
  const value = { n: '{{ params.n }}', text: 'n={{ params.n }}', y: '{{ params.deep.x.1.y }}' };
  const { body, headers } = render({ method: 'post', body: { kind: 'json', value } });
  expect(JSON.parse(body?.text ?? '')).toEqual({ n: 3, text: 'n=3', y: 'z' });
  expect(headers).toEqual([['content-type', 'application/json']]);
});

it.each([
  [{ path: '/{{ params.gone }}' }, 'params.gone has no value'],
  [{ path: '/{{ params.__proto__ }}' }, 'no value'],
  [{ path: '/{{ params.constructor.name }}' }, 'no value'],
  [{ path: '/{{ steps.later.x }}' }, 'steps.later.x has no value'],
  [{ path: '/{{ env.HOME }}' }, 'env.HOME has no value'],
  [{ path: 'x' }, 'path'],
  [{ path: '/a b' }, 'path'],
  [{ path: '//{{ params.n }}\n' }, 'path'],
  [{ headers: { 'x-a': '{{ params.line }}' } }, 'header "x-a"'],
  [{ headers: { 'bad name': 'x' } }, 'header'],
  [{ method: 'CONNECT' }, 'method'],
  [{ method: 'GET /x' }, 'method'],
])('does not send %j', (change, part) => {
  expect(() => render(change)).toThrow(part);
});

it('never shows a value when it refuses one', () => {
  expect(() => render({ headers: { 'x-a': '{{ secrets.buyer }}\n' } })).toThrow(/^(?!.*s3cret)/);
});

it('makes unique values that differ by pass and agree in length and type', () => {
  for (const name of ['email', 'email_2', 'id', 'name', 'number', 'phone', 'uuid', 'order', 'constructor']) {
    const values = Array.from({ length: 14 }, (_, pass) => uniqueValue('seed', pass, name));
    expect(new Set(values).size).toBe(14);
    expect(new Set(values.map((value) => `${typeof value} ${String(value).length}`)).size).toBe(1);
    expect(uniqueValue('seed', 3, name)).toBe(values[3]);
    expect(uniqueValue('other', 3, name)).not.toBe(values[3]);
  }
  expect(uniqueValue('seed', 1, 'email')).not.toBe(uniqueValue('seed', 1, 'email-2'));
});

it('gives cookies back to the service that set them, by path, and lets the request win', async () => {
  const cookies = new Cookies();
  await cookies.keep('shop', '/login', [
    ['Set-Cookie', 'sid=1; Path=/; Secure; HttpOnly; SameSite=Strict'],
    ['set-cookie', 'cart=2; Path=/cart'],
    ['set-cookie', 'gone=3; Max-Age=0'],
    ['set-cookie', 'alien=4; Domain=example.org'],
    ['set-cookie', '=;;garbage'],
  ]);
  expect(await cookies.onto('shop', '/cart/7', [])).toEqual([['cookie', 'cart=2; sid=1']]);
  expect(await cookies.onto('shop', '/x', [['Cookie', 'sid=own; a=b']])).toEqual([
    ['Cookie', 'sid=own; a=b'],
  ]);
  expect(await cookies.onto('shop', '/cart', [['Cookie', 'a=b']])).toEqual([
    ['cookie', 'a=b; cart=2; sid=1'],
  ]);
  expect(await cookies.onto('other', '/cart', [])).toEqual([]);
});
