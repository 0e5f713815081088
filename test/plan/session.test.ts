import { describe, expect, test } from 'vitest';
import { requestSecrets, requestsSession } from '../../src/plan/requests.ts';
import { planSecrets, planSession } from '../../src/plan/session.ts';
import { config, good, head, planOf } from './helpers.ts';

const text = planOf(
  'id: login\nproof: none\nhttp: { service: checkout, method: POST, path: /login, state: write, json: { token: "{{ secrets.buyer }}" } }\ncapture: { user: $.id }',
  'id: add\nhttp: { service: checkout, path: "/cart/{{ steps.login.user }}", timeoutMs: 500 }\nexpect: { status: [200, 201], headers: { x-sku: "{{ params.sku }}" }, body: { $.count: "{{ params.count }}", $.text: "n={{ params.count }}" } }',
  'id: diff\nsmart_diff: { requests: [{ id: rates, service: pricing, path: /rates, body: "raw" }], repeats: 4, expected: a.yaml }',
  'id: again\nsmart_diff: { steps: [add], intermittent: true, repeats: 2 }',
).replace(
  'name: a\n',
  'name: a\nparams: { sku: { type: string, enum: [mug, cup] }, count: { type: integer, default: 2, description: how many } }\n',
);
const plan = good(text);
const secrets = { buyer: 's3cret', other: 'not needed' };

describe('a plan becomes a session', () => {
  test('with its requests in order, steps to check and pairs to compare', () => {
    expect(planSession(plan, { params: { sku: 'cup' }, secrets })).toMatchInlineSnapshot(`
      {
        "expected": [
          "a.yaml",
        ],
        "intermittent": true,
        "pairs": [
          {
            "id": "add",
            "kind": "pair",
            "method": "GET",
            "notSent": null,
            "pathTemplate": "/cart/{{ steps.login.user }}",
            "service": "checkout",
            "title": "add",
          },
          {
            "id": "rates",
            "kind": "pair",
            "method": "GET",
            "notSent": null,
            "pathTemplate": "/rates",
            "service": "pricing",
            "title": "diff: rates",
          },
        ],
        "repeats": 4,
        "session": {
          "params": {
            "count": 2,
            "sku": "cup",
          },
          "requests": [
            {
              "body": {
                "kind": "json",
                "value": {
                  "token": "{{ secrets.buyer }}",
                },
              },
              "capture": {
                "user": "$.id",
              },
              "headers": {},
              "id": "login",
              "method": "POST",
              "path": "/login",
              "service": "checkout",
              "state": "write",
              "timeoutMs": null,
              "title": "login",
            },
            {
              "body": null,
              "capture": {},
              "headers": {},
              "id": "add",
              "method": "GET",
              "path": "/cart/{{ steps.login.user }}",
              "service": "checkout",
              "state": "read",
              "timeoutMs": 500,
              "title": "add",
            },
            {
              "body": {
                "kind": "text",
                "text": "raw",
              },
              "capture": {},
              "headers": {},
              "id": "rates",
              "method": "GET",
              "path": "/rates",
              "service": "pricing",
              "state": "read",
              "timeoutMs": null,
              "title": "diff: rates",
            },
          ],
          "secrets": {
            "buyer": "s3cret",
          },
        },
        "steps": [
          {
            "expect": null,
            "id": "login",
            "kind": "step",
            "notSent": null,
            "proof": "none",
            "title": "login",
          },
          {
            "expect": {
              "body": {
                "$.count": 2,
                "$.text": "n=2",
              },
              "headers": {
                "x-sku": "cup",
              },
              "status": [
                200,
                201,
              ],
            },
            "id": "add",
            "kind": "step",
            "notSent": null,
            "proof": "required",
            "title": "add",
          },
        ],
      }
    `);
  });

  test('with every request compared but set-up, where that is asked for', () => {
    const run = planSession(plan, { params: { sku: 'cup' }, secrets, compareAll: true });
    expect(run.pairs.map(({ id }) => id)).toEqual(['add', 'rates']);
    const none = good(
      planOf('id: a\nhttp: { service: tax, path: / }', 'id: b\nproof: none\nhttp: { service: tax, path: / }'),
    );
    expect(planSession(none, { params: {}, secrets: {} }).pairs).toEqual([]);
    expect(
      planSession(none, { params: {}, secrets: {}, compareAll: true }).pairs.map(({ id }) => id),
    ).toEqual(['a']);
  });

  test('that names the secrets it needs, and takes no other', () => {
    expect(planSecrets(plan)).toEqual(['buyer']);
    expect(() => planSession(plan, { params: { sku: 'cup' }, secrets: {} })).toThrow(
      'The secret `buyer` has no value.',
    );
    expect(() => planSession(plan, { params: { sku: 'cup' }, secrets: { buyer: '' } })).toThrow(
      'has no value',
    );
  });

  test.each([
    [{}],
    [{ sku: 'plate' }],
    [{ sku: 'cup', count: 1.5 }],
    [{ sku: 'cup', count: '2' }],
    [{ sku: 'cup', count: null, cuont: 3 }],
    [{ sku: 'cup', constructor: 1 }],
    [JSON.parse('{ "sku": "cup", "__proto__": { "a": 1 } }')],
  ])('only with parameters that fit: %j', (params) => {
    let data: unknown = null;
    try {
      planSession(plan, { params, secrets });
    } catch (error) {
      data = (error as { data: unknown }).data;
    }
    expect(data).toMatchObject({ code: 'invalid-params' });
    expect(data).toMatchSnapshot();
  });

  test('a parameter that looks like a reference stays text', () => {
    const echo = good(
      planOf('id: a\nhttp: { service: tax, path: / }\nexpect: { body: { $.a: "{{ params.p }}" } }').replace(
        'name: a\n',
        'name: a\nparams: { p: { type: string } }\n',
      ),
    );
    const run = planSession(echo, { params: { p: '{{ secrets.buyer }}' }, secrets });
    expect(run.steps[0]?.expect?.body).toEqual({ '$.a': '{{ secrets.buyer }}' });
    expect(run.session.secrets).toEqual({});
  });
});

describe('requests without a plan', () => {
  const one = {
    id: 'a',
    service: 'tax',
    method: 'POST',
    path: '/{{ unique.x }}',
    json: { t: '{{ secrets.buyer }}' },
    state: 'write',
  };

  test('become a session in which each is compared', () => {
    expect(requestSecrets([one], config)).toEqual(['buyer']);
    expect(requestsSession([one], { config, secrets })).toMatchInlineSnapshot(`
      {
        "expected": [],
        "intermittent": false,
        "pairs": [
          {
            "id": "a",
            "kind": "pair",
            "method": "POST",
            "notSent": null,
            "pathTemplate": "/{{ unique.x }}",
            "service": "tax",
            "title": "a",
          },
        ],
        "repeats": null,
        "session": {
          "params": {},
          "requests": [
            {
              "body": {
                "kind": "json",
                "value": {
                  "t": "{{ secrets.buyer }}",
                },
              },
              "capture": {},
              "headers": {},
              "id": "a",
              "method": "POST",
              "path": "/{{ unique.x }}",
              "service": "tax",
              "state": "write",
              "timeoutMs": null,
              "title": "a",
            },
          ],
          "secrets": {
            "buyer": "s3cret",
          },
        },
        "steps": [],
      }
    `);
  });

  test.each([
    ['none', []],
    ['no list', one],
    ['wrong keys', [{ ...one, pth: 1, service: undefined }]],
    ['twice the same id', [one, one]],
    ['an address elsewhere', [{ ...one, path: 'http://example.org/', service: 'example.org' }]],
    [
      'references to a plan',
      [{ ...one, path: '/{{ params.a }}/{{ steps.a.b }}/{{ secrets.root }}/{{ 1 }}' }],
    ],
    ['headers of ours', [{ ...one, headers: { host: 'a', tracestate: 'seatrial=x' } }]],
    ['two bodies', [{ ...one, body: 'x' }]],
    ['line breaks', [{ ...one, path: '/ HTTP/1.1\r\nx: y', headers: { a: 'b\r\nc: d' } }]],
  ])('are refused: %s', (_name, given) => {
    let data: unknown = null;
    try {
      requestsSession(given, { config, secrets });
    } catch (error) {
      data = (error as { data: unknown }).data;
    }
    expect(data).toMatchObject({ code: 'invalid-request' });
    expect(data).toMatchSnapshot();
  });
});

test('frontmatter alone is no plan', () => {
  expect(() => good(head)).toThrow('no step');
});
