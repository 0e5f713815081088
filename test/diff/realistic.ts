import type { RuleId } from '../../src/diff/finding.ts';
import type { Random } from '../diff-bench/random.ts';

/**
 * When an answer comes, from which side, and what it draws. `number` counts the answers of both sides, as one database
 * would, `index` those of its side.
 */
export interface Moment {
  readonly random: Random;
  readonly at: number;
  readonly number: number;
  readonly index: number;
  readonly side: 'baseline' | 'candidate';
}

export interface Answer {
  readonly type?: string;
  readonly body: unknown;
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
}

export type Make = (moment: Moment) => Answer;

export const iso = (at: number): string => new Date(at).toISOString();
export const base64 = (random: Random, bytes: number): string =>
  Buffer.from(random.hex(bytes * 2), 'hex').toString('base64');
export const uuid = (random: Random): string =>
  `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-a${random.hex(3)}-${random.hex(12)}`;
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
export const jwt = (
  { random, at }: Moment,
  claims: object = { sub: '17', role: 'buyer' },
  alg = 'HS256',
): string =>
  `${part({ alg, typ: 'JWT' })}.${part({ ...claims, iat: Math.floor(at / 1000) })}.${alg === 'none' ? '' : random.hex(43)}`;
const multipart =
  (parts: readonly string[], kind = 'mixed'): Make =>
  ({ random }) => {
    const boundary = `----FormBoundary${random.hex(16)}`;
    const body = `${parts.map((one) => `--${boundary}\r\n${one}\r\n`).join('')}--${boundary}--\r\n`;
    return { type: `multipart/${kind}; boundary="${boundary}"`, body };
  };
const form = (token: (random: Random) => string): Make => {
  return ({ random }) => ({
    type: 'text/html; charset=utf-8',
    body: `<!doctype html><form action="/pay" method="post"><input type="hidden" name="_csrf" value="${token(random)}"><input name="amount" value="12"></form><script nonce="${base64(random, 12)}">start()</script>`,
    headers: [['content-security-policy', `default-src 'self'; script-src 'nonce-${base64(random, 12)}'`]],
  });
};
const skus = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const samples = (one: (sku: string) => object): Make => {
  return ({ random }) => ({ body: { also: random.sample(skus, 4).map((sku) => ({ sku, ...one(sku) })) } });
};
const price = (sku: string): number => sku.charCodeAt(0);
const graphql = ({ random, at }: Moment): object => ({
  tracing: { version: 1, startTime: iso(at), duration: random.int(100_000, 9_000_000) },
  cost: { actual: 10, throttle: { available: 1000 - random.int(0, 20) } },
});
const order: Make = ({ number }) => {
  const id = 1000 + number * 3;
  return {
    body: { id, code: `ORD-${id}`, status: 'new' },
    status: 201,
    headers: [['location', `/orders/${id}`]],
  };
};

/** What services answer that are as they were: the same on both sides. */
export const healthy: Readonly<Record<string, Make>> = {
  'a list by pages with a cursor in a Link header': ({ random }) => {
    const cursor = base64(random, 18);
    return {
      body: { items: [{ id: 1 }, { id: 2 }], next: cursor },
      headers: [['link', `<https://api.example.com/items?cursor=${encodeURIComponent(cursor)}>; rel="next"`]],
    };
  },
  'sums of floats whose last digit hangs on the order of adding': ({ random }) => ({
    body: { average: random.pick([33.333333333333336, 33.33333333333333]), sum: 12.5 },
  }),
  'a form with a token against forgery, and a policy with a nonce': form((random) => base64(random, 32)),
  'an ETag that is weak': ({ at }) => ({ body: { now: iso(at) }, headers: [['etag', `W/"2d-${at}"`]] }),
  'an ETag that a proxy makes weak now and then': ({ random }) => ({
    body: { a: 1 },
    headers: [['etag', random.pick(['W/"5d8c"', '"5d8c"'])]],
  }),
  'parts with a boundary': multipart(['Content-Type: application/json\r\n\r\n{"id":1}', '\r\nhello']),
  'white space at the ends of lines': ({ random }) => ({
    type: 'text/plain',
    body: `alpha\nbeta${' '.repeat(random.int(0, 2))}\ngamma\n`,
  }),
  'chunks in place of a length': ({ random }) => ({
    body: { a: 1 },
    headers: [random.chance(0.5) ? ['transfer-encoding', 'chunked'] : ['content-length', '7']],
  }),
  'the time in a path': ({ at }) => ({
    body: { export: `/exports/${Math.floor(at / 1000)}/report.csv` },
    status: 201,
    headers: [['location', `/exports/${Math.floor(at / 1000)}/report.csv`]],
  }),
  'cookies in any order': ({ random }) => ({
    body: { ok: true },
    headers: random.shuffle([
      ['set-cookie', `sid=${random.hex(32)}; Path=/; HttpOnly; Secure`],
      ['set-cookie', `csrf=${base64(random, 16)}; Path=/`],
      ['set-cookie', 'theme=dark; Path=/; Max-Age=3600'],
    ]),
  }),
  'a problem with its instance': ({ random }) => ({
    type: 'application/problem+json',
    status: 403,
    body: { title: 'Not enough credit', status: 403, instance: `/log/${uuid(random)}` },
  }),
  'JSON:API whose included resources come in any order': ({ random }) => ({
    body: {
      data: { type: 'articles', id: '1' },
      included: random.shuffle([
        { type: 'people', id: '9', attributes: { name: 'Dan' } },
        { type: 'comments', id: '5', attributes: { body: 'First' } },
        { type: 'comments', id: '12', attributes: { body: 'XML' } },
      ]),
    },
  }),
  'HAL with a signed link': ({ random, at }) => ({
    body: {
      _links: {
        self: { href: '/orders/7' },
        file: {
          href: `https://cdn.example.com/7.pdf?Expires=${Math.floor(at / 1000)}&Signature=${random.hex(64)}`,
        },
      },
    },
  }),
  'GraphQL with traces in its extensions': (moment) => ({
    body: { data: { cart: { id: '7', total: 12 } }, extensions: graphql(moment) },
  }),
  'microseconds since 1970': ({ random, at }) => ({ body: { ts: at * 1000 + random.int(0, 999), n: 1 } }),
  'fractions of seconds since 1970': ({ random, at }) => ({ body: { ts: at / 1000 + random.unit() / 1000 } }),
  'ids made anew in a list': ({ random }) => ({ body: { ids: skus.map(() => uuid(random)) } }),
  'a blank written as a plus now and then': ({ random }) => ({
    body: { url: random.pick(['/search?q=a%20b', '/search?q=a+b']) },
  }),
  'one header in two lines': ({ random }) => ({
    body: { a: 1 },
    headers: [
      ['vary', 'accept-encoding'],
      ['vary', random.pick(['origin', 'accept'])],
      ['x-trace', random.hex(16)],
      ['x-trace', random.hex(16)],
    ],
  }),
  'times of the server in a header': ({ random }) => ({
    body: { a: 1 },
    headers: [
      ['server-timing', `db;dur=${random.int(1, 90) / 10}, cache;desc="${random.pick(['HIT', 'MISS'])}"`],
    ],
  }),
  'a quota that says when to come back': ({ random }) => ({
    body: { error: 'slow down', retry_after: random.int(1, 60) },
    status: 429,
    headers: [['retry-after', String(random.int(1, 60))]],
  }),
  'numbers from one sequence of the database': order,
  'equal scores in any order': ({ random }) => ({
    body: {
      top: [
        { id: 'z', score: 10 },
        ...random.shuffle([
          { id: 'a', score: 9 },
          { id: 'b', score: 9 },
        ]),
      ],
    },
  }),
  'the newest five of a feed that goes on': ({ random, number }) => ({
    body: {
      events: skus.slice(0, 5).map((_, index) => {
        const id = 50 + number - index;
        return {
          id,
          kind: random.pick(['x', 'y']),
          by: `u${id % 7}`,
          ...(id % 3 === 0 ? { extra: id } : {}),
        };
      }),
    },
  }),
  'a sample of things, fields of some of them optional': samples((sku) => ({
    price: price(sku),
    ...(sku < 'd' ? { sale: 1 } : {}),
    note: sku < 'c' ? null : 'ok',
  })),
  'slots of different kinds': ({ random }) => ({
    body: {
      slots: random.sample(
        [
          { kind: 'image', src: '/a' },
          { kind: 'text', text: 'b' },
          { kind: 'film', long: 3 },
        ],
        2,
      ),
    },
  }),
  'counters as Prometheus reads them': ({ random, number }) => ({
    type: 'text/plain; version=0.0.4',
    body: `# TYPE hits counter\nhits{code="200"} ${100 + number}\nmemory ${random.int(4e7, 6e7)}\nup 1\n`,
  }),
  'SOAP with ids and times in its head': ({ random, at }) => ({
    type: 'text/xml',
    body: `<?xml version="1.0"?><e:Envelope xmlns:e="x"><e:Header><Id>urn:uuid:${uuid(random)}</Id><At>${iso(at)}</At></e:Header><e:Body><price>12.50</price></e:Body></e:Envelope>`,
  }),
  'events with ids and comments': ({ at }) => ({
    type: 'text/event-stream',
    body: `: ping ${at}\n\nid: ${at}\nevent: price\ndata: {"sku":"mug"}\n\nid: ${at + 1}\nevent: done\ndata: {}\n\n`,
  }),
  'lines of JSON in any order': ({ random }) => ({
    type: 'application/x-ndjson',
    body: random
      .shuffle([1, 2, 3])
      .map((id) => `{"id":${id}}\n`)
      .join(''),
  }),
  'a hash of what varies': ({ random }) => ({ body: { n: uuid(random), checksum: random.hex(64) } }),
  'how long ago in words': ({ random }) => ({
    body: { at: random.pick(['just now', '3 seconds ago', '4 seconds ago']), n: 1 },
  }),
  'a token of claims': (moment) => ({ body: { token: jwt(moment), type: 'Bearer' } }),
  'numbers that JavaScript cannot hold': ({ random, at }) => ({
    body: `{"id":${at}${random.digits(7)},"a":1}`,
  }),
  'an answer out of a cache, with its age': ({ random, at }) => ({
    body: { a: 1 },
    headers: [
      ['age', String(random.int(0, 300))],
      ['expires', new Date(at + 300_000).toUTCString()],
      ['cache-control', `max-age=${300 - random.int(0, 100)}`],
    ],
  }),
};

const plain: Make = () => ({ body: { a: 1 } });
const signed: Make = form((random) => base64(random, 24));

/** Baseline, candidate, and the rules one of which tells of it. */
export const regressions: Readonly<Record<string, readonly [Make, Make, ...RuleId[]]>> = {
  'no content, and an empty answer': [
    () => ({ body: '', status: 204 }),
    () => ({ body: '', status: 200, headers: [['content-length', '0']] }),
    'status-changed',
  ],
  'the link to the next page is gone': [
    ({ random }) => ({
      body: [],
      headers: [['link', `</a?c=${random.hex(12)}>; rel="next", </a>; rel="first"`]],
    }),
    () => ({ body: [], headers: [['link', '</a>; rel="first"']] }),
    'header-changed',
  ],
  'the token of a form is empty': [signed, form(() => ''), 'value-changed'],
  'a policy asks for no nonce': [
    signed,
    (moment) => ({
      ...signed(moment),
      headers: [['content-security-policy', "default-src 'self'; script-src 'unsafe-inline'"]],
    }),
    'header-changed',
  ],
  'a part is gone': [
    multipart(['\r\none', '\r\ntwo']),
    multipart(['\r\none']),
    'value-changed',
    'array-length-changed',
  ],
  'a part says something else': [multipart(['\r\none']), multipart(['\r\ntwo']), 'value-changed'],
  'parts of another kind': [
    multipart(['\r\none']),
    multipart(['\r\none'], 'related'),
    'content-type-changed',
  ],
  'a byte order mark before JSON': [plain, () => ({ body: '\uFEFF{"a":1}' }), 'content-type-changed'],
  'GraphQL that failed in part': [
    (moment) => ({ body: { data: { a: 1, b: { x: 1 } }, extensions: graphql(moment) } }),
    (moment) => ({
      body: {
        data: { a: 1, b: null },
        errors: [{ message: 'down', path: ['b'] }],
        extensions: graphql(moment),
      },
    }),
    'errors-added',
  ],
  'seconds that became milliseconds': [
    ({ at }) => ({ body: { ts: Math.floor(at / 1000) } }),
    ({ at }) => ({ body: { ts: at } }),
    'format-changed',
  ],
  'times that lost their fraction': [
    ({ at }) => ({ body: { t: iso(at - (at % 1000) + 123) } }),
    ({ at }) => ({ body: { t: iso(at).replace(/\.\d+/, '') } }),
    'format-changed',
  ],
  'Z that became +00:00': [
    ({ at }) => ({ body: { t: iso(at) } }),
    ({ at }) => ({ body: { t: iso(at).replace('Z', '+00:00') } }),
    'format-changed',
  ],
  'a time that was never set': [
    ({ at }) => ({ body: { t: iso(at) } }),
    () => ({ body: { t: '0001-01-01T00:00:00Z' } }),
    'value-changed',
    'format-changed',
  ],
  'UUIDs in upper case': [
    ({ random }) => ({ body: { id: uuid(random) } }),
    ({ random }) => ({ body: { id: uuid(random).toUpperCase() } }),
    'format-changed',
  ],
  'a UUID that was never set': [
    ({ random }) => ({ body: { id: uuid(random) } }),
    () => ({ body: { id: '00000000-0000-0000-0000-000000000000' } }),
    'value-changed',
  ],
  'an id that is the same each time': [
    ({ random }) => ({ body: { id: uuid(random) } }),
    () => ({ body: { id: '3f2504e0-4f89-41d3-9a0c-0305e82c3301' } }),
    'value-changed',
  ],
  'a token that lost a claim': [
    (moment) => ({ body: { token: jwt(moment) } }),
    (moment) => ({ body: { token: jwt(moment, { role: 'buyer' }) } }),
    'value-changed',
  ],
  'a token that nobody signed': [
    (moment) => ({ body: { token: jwt(moment) } }),
    (moment) => ({ body: { token: jwt(moment, undefined, 'none') } }),
    'value-changed',
  ],
  'a cookie that scripts may read': [
    ({ random }) => ({ body: '', headers: [['set-cookie', `sid=${random.hex(32)}; Path=/; HttpOnly`]] }),
    ({ random }) => ({ body: '', headers: [['set-cookie', `sid=${random.hex(32)}; Path=/`]] }),
    'header-changed',
  ],
  'text in another encoding': [
    () => ({ body: { name: 'café' } }),
    () => ({ body: { name: 'cafÃ©' } }),
    'value-changed',
  ],
  'characters put together in another way': [
    () => ({ body: { name: 'caf\u00e9' } }),
    () => ({ body: { name: 'cafe\u0301' } }),
    'value-changed',
  ],
  'an escape that is escaped': [
    () => ({ body: { url: '/s?q=caf%C3%A9' } }),
    () => ({ body: { url: '/s?q=caf%25C3%25A9' } }),
    'value-changed',
  ],
  'a price of samples that is a text': [
    samples((sku) => ({ price: price(sku) })),
    samples((sku) => ({ price: String(price(sku)) })),
    'type-changed',
  ],
  'a price of samples that doubled': [
    samples((sku) => ({ price: price(sku) })),
    samples((sku) => ({ price: 2 * price(sku) })),
    'value-changed',
  ],
  'a metric that is gone': [
    ({ random, number }) => ({
      type: 'text/plain',
      body: `hits ${100 + number}\nup 1\nmem ${random.int(4e7, 6e7)}\n`,
    }),
    ({ random, number }) => ({
      type: 'text/plain',
      body: `hits ${100 + number}\nmem ${random.int(4e7, 6e7)}\n`,
    }),
    'value-changed',
    'array-length-changed',
    'removed-field',
  ],
  'an event that does not come': [
    ({ at }) => ({
      type: 'text/event-stream',
      body: `id: ${at}\ndata: {"a":1}\n\nevent: done\ndata: {}\n\n`,
    }),
    ({ at }) => ({ type: 'text/event-stream', body: `id: ${at}\ndata: {"a":1}\n\n` }),
    'array-length-changed',
  ],
};
