import { expect, it } from 'vitest';
import type { Answer } from '../../src/exchange.ts';
import type { Expectation } from '../../src/verdict/evidence.ts';
import { expectationFailures } from '../../src/verdict/expect.ts';
import { matcherProblem } from '../../src/verdict/matcher.ts';

function answer(body: unknown, headers: readonly (readonly [string, string])[] = [], status = 200): Answer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    kind: 'answer',
    status,
    headers,
    body: { encoding: 'utf8', text, size: text.length },
    durationMs: 1,
  };
}
const cart = { id: 'c1', items: [{ sku: 'mug', price: 5.5, tags: [] }], owner: null, 'a.b': { $type: 'x' } };
const body = (places: Readonly<Record<string, unknown>>) =>
  expectationFailures({ body: places }, answer(cart));

it('takes one status or a list of them', () => {
  const failures = (status: NonNullable<Expectation['status']>) =>
    expectationFailures({ status }, answer({}));
  expect(failures(200)).toEqual([]);
  expect(failures([201, 200])).toEqual([]);
  expect(failures([201, 204])).toEqual(['status is 200, expected 201 or 204']);
});

it('compares a header by name without case and by its whole value, in any of its lines', () => {
  const lines = [
    ['Set-Cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ] as const;
  const failures = (headers: Record<string, unknown>) => expectationFailures({ headers }, answer({}, lines));
  expect(failures({ 'SET-COOKIE': 'b=2' })).toEqual([]);
  expect(failures({ 'set-cookie': { $matches: '^b=' }, 'x-gone': { $exists: false } })).toEqual([]);
  expect(failures({ 'set-cookie': 'b' })).toEqual(['header set-cookie is "a=1, b=2", expected "b"']);
  expect(failures({ location: '/x' })).toEqual(['header location is not there, expected "/x"']);
});

it('compares the first node of a place with a JSON value, deeply and without regard to the order of keys', () => {
  expect(body({ '$.id': 'c1', '$.items[*].sku': 'mug', "$['a.b']": { $equals: { $type: 'x' } } })).toEqual(
    [],
  );
  expect(body({ '$.items[0]': { tags: [], price: 5.5, sku: 'mug' } })).toEqual([]);
  expect(body({ '$.owner': null, '$.items[0].tags': [] })).toEqual([]);
  expect(body({ '$.items[0].price': '5.5' })).toEqual(['$.items[0].price is 5.5, expected "5.5"']);
  expect(body({ '$.total': 5 })).toEqual(['$.total is not there, expected 5']);
  expect(body({ '$.items': [{ sku: 'mug' }] })).toHaveLength(1);
});

it.each([
  [{ $exists: true }, '$.id', '$.gone'],
  [{ $exists: false }, '$.gone', '$.owner'],
  [{ $type: 'null' }, '$.owner', '$.id'],
  [{ $type: 'array' }, '$.items', '$.items[0]'],
  [{ $type: 'object' }, '$.items[0]', '$.owner'],
  [{ $type: 'number' }, '$.items[0].price', '$.id'],
  [{ $type: 'string' }, '$.id', '$.gone'],
  [{ $matches: '^c[0-9]+$' }, '$.id', '$.items[0].sku'],
  [{ $length: 1 }, '$.items', '$.items[0].tags'],
  [{ $length: 2 }, '$.id', '$.items'],
])('%j fits %s and not %s', (matcher, fits, misses) => {
  expect(body({ [fits]: matcher })).toEqual([]);
  expect(body({ [misses]: matcher })).toHaveLength(1);
});

it('tells integers from numbers', () => {
  expect(body({ '$.items[0].price': { $type: 'integer' } })).toHaveLength(1);
  expect(expectationFailures({ body: { $: { $type: 'integer' } } }, answer(5))).toEqual([]);
});

it('lets an object of several keys or without $ be a value, and fails on an unknown matcher', () => {
  expect(matcherProblem({ $type: 'string', $length: 1 })).toBeNull();
  expect(matcherProblem({ type: 'string' })).toBeNull();
  expect(matcherProblem({ $regex: 'x' })).toMatch(/^\$regex is no matcher/);
  expect(matcherProblem({ $type: 'text' })).toMatch(/^\$type takes one of string/);
  expect(matcherProblem({ $matches: '(' })).toMatch(/regular expression/);
  expect(matcherProblem({ $length: -1 })).toMatch(/whole number/);
  expect(body({ '$.gone': { $exsits: false } })).toHaveLength(1);
});

it('does not hang on a pattern that backtracks without end', () => {
  const text = `${'a'.repeat(5_000)}!`;
  expect(
    expectationFailures({ body: { $: { $matches: '^(a+)+$' } } }, answer(JSON.stringify(text))),
  ).toHaveLength(1);
});

it('fails on a body that is no JSON, was cut, or is no text', () => {
  const expected = { body: { '$.id': { $exists: false } } };
  expect(expectationFailures(expected, answer('<html>'))).toEqual([expect.stringContaining('no JSON')]);
  const cut: Answer = {
    kind: 'answer',
    status: 200,
    headers: [],
    body: { encoding: 'utf8', text: '{}', size: 9_000, truncated: { sha256: 'x' } },
    durationMs: 1,
  };
  expect(expectationFailures(expected, cut)).toHaveLength(1);
});

it('fails every expectation where no answer came, the empty one too', () => {
  const none: Answer = { kind: 'no-answer', reason: 'timeout', message: 'no complete answer', durationMs: 1 };
  expect(expectationFailures({}, none)).toEqual(['no answer came: no complete answer']);
});

it('says so where a place is no path', () => {
  expect(body({ 'items[0]': 1 })).toEqual(['items[0] is no RFC 9535 path']);
});

it('reads no prototype: __proto__ in a body or an expectation is a key like any other', () => {
  const text = '{"__proto__":{"admin":true}}';
  expect(expectationFailures({ body: { '$.admin': { $exists: false } } }, answer(text))).toEqual([]);
  expect(expectationFailures({ body: { "$['__proto__'].admin": true } }, answer(text))).toEqual([]);
});
