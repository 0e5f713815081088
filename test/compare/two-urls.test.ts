import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { parseRequests } from '../../src/compare/requests-file.ts';
import { diffUrls } from '../../src/compare/two-urls.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const json = (make: (n: number) => unknown) => {
  let n = 0;
  return serve((_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(make(n++))),
  );
};
const signal = new AbortController().signal;
const requests = parseRequests('[{ "id": "quote", "method": "get", "path": "/quote?sku=mug" }]', 'r.json');

it('finds what differs, knows the noise, and claims no proof', async () => {
  const baseline = await json((n) => ({ price: 5, at: new Date(1.7e12 + n * 1e6).toISOString() }));
  const candidate = await json((n) => ({ price: '5', at: new Date(1.8e12 + n * 1e6).toISOString() }));
  const diff = await diffUrls({ baseline, candidate, requests, signal });
  expect(diff).toMatchObject({ differs: 'breaking', proof: 'not-applicable', warnings: [] });
  expect(diff.findings.map(({ request, rule, place }) => [request, rule, place])).toEqual([
    ['quote', 'type-changed', '$.price'],
  ]);
  expect(diff.volatile).toContainEqual(expect.objectContaining({ request: 'quote', place: '$.at' }));
});

it('finds nothing between a server and itself', async () => {
  const baseline = await json((n) => ({ price: 5, id: `a-${n}` }));
  expect(await diffUrls({ baseline, candidate: baseline, requests, signal })).toMatchObject({
    differs: 'none',
    findings: [],
  });
});

it('takes links of a side to itself for the same, and links to elsewhere for what they are', async () => {
  const linking = (elsewhere: string) =>
    serve((request, response) => {
      const self = `http://${request.headers.host}`;
      response
        .writeHead(201, { 'content-type': 'application/json', location: `${self}/quotes/1` })
        .end(JSON.stringify({ self: `${self}/quotes/1`, shop: elsewhere }));
    });
  const [one, other] = [await linking('http://one.example'), await linking('http://two.example')];
  const diff = await diffUrls({ baseline: one, candidate: other, requests, signal });
  expect(diff.findings.map(({ place }) => place)).toEqual(['$.shop']);
  expect(
    (await diffUrls({ baseline: one, candidate: await linking('http://one.example'), requests, signal }))
      .findings,
  ).toEqual([]);
});

it('takes the port that each side listens on for its own, and another port for what it is', async () => {
  const listening = (port: (own: number) => number) =>
    serve((request, response) => {
      const own = Number(request.headers.host?.split(':')[1]);
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ port: port(own) }));
    });
  const baseline = await listening((own) => own);
  const same = await listening((own) => own);
  const fixed = await listening(() => 3000);
  expect((await diffUrls({ baseline, candidate: same, requests, signal })).differs).toBe('none');
  const diff = await diffUrls({ baseline, candidate: fixed, requests, signal });
  expect(diff.findings.map(({ rule, place }) => [rule, place])).toEqual([['value-changed', '$.port']]);
});

it('goes baseline, candidate, candidate, baseline, without a key, and leaves the requests as they are', async () => {
  const seen: { side: string; url: string; body: string; baggage: boolean; type: unknown }[] = [];
  const note = (side: string) =>
    serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const type = request.headers['content-type'];
        seen.push({ side, url: request.url ?? '', body, baggage: 'baggage' in request.headers, type });
        response.end('ok');
      });
    });
  const [baseline, candidate] = [`${await note('b')}/v1/`, await note('c')];
  const file = parseRequests(
    JSON.stringify([
      { id: 'json', method: 'POST', path: '/a', body: { x: '{{ params.y }}' } },
      { id: 'text', method: 'POST', path: '/b', body: '{{raw', headers: { 'Content-Type': 'text/plain' } },
    ]),
    'r.json',
  );
  await diffUrls({ baseline, candidate, requests: file, signal });
  expect(seen.map(({ side }) => side).join('')).toBe('bbccccbb');
  expect(seen.every(({ baggage }) => !baggage)).toBe(true);
  expect(seen.slice(0, 3).map(({ url, body, type }) => [url, body, type])).toEqual([
    ['/v1/a', '{"x":"{{ params.y }}"}', 'application/json'],
    ['/v1/b', '{{raw', 'text/plain'],
    ['/a', '{"x":"{{ params.y }}"}', 'application/json'],
  ]);
});

it('says that a side does not answer', async () => {
  const baseline = await json(() => ({ price: 5 }));
  const diff = await diffUrls({ baseline, candidate: 'http://127.0.0.1:1', requests, signal });
  expect(diff).toMatchObject({ differs: 'breaking', findings: [{ rule: 'no-answer' }] });
});

it('ends at its time limit and says so', async () => {
  const baseline = await serve((_, response) => response.write('x'));
  const diff = await diffUrls({ baseline, candidate: baseline, requests, signal, limits: { runMs: 200 } });
  expect(diff.warnings[0]).toMatch(/time limit/);
});

it('refuses addresses that are none, without naming a password', async () => {
  for (const address of ['127.0.0.1:80', 'ftp://x/', 'http://me:hunter2@x/']) {
    const diff = diffUrls({ baseline: address, candidate: 'http://127.0.0.1:1', requests, signal });
    await expect(diff).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(diff).rejects.not.toThrow(/hunter2/);
  }
});

it.each([
  ['[', 'no JSON'],
  ['[]', 'the file'],
  ['[{"id":"a","method":"GET","path":"x"}]', '0.path'],
  ['[{"id":"a","method":"GET","path":"/","extra":1}]', 'extra'],
  ['[{"id":"a","method":"GET","path":"/"},{"id":"a","method":"GET","path":"/"}]', 'twice'],
])('refuses requests such as %s', (text, part) => {
  expect(() => parseRequests(text, 'r.json')).toThrow(
    new RegExp(`^The requests in r.json cannot be sent: .*${part}`),
  );
});
