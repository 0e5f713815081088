import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type HttpServer, type Place, seatrial, startHttp } from '../support/binary.ts';
import { textOf } from '../support/clients.ts';
import { type Scratch, scratchRepository } from '../support/scratch-repository.ts';

let scratch: Scratch;
let place: Place;
let server: HttpServer;

beforeAll(async () => {
  scratch = scratchRepository();
  place = { cwd: scratch.root, env: { ...scratch.env, SEATRIAL_HOME: `${scratch.folder}/home` } };
  server = await startHttp(place);
});

afterAll(async () => {
  await server.stop();
  scratch[Symbol.dispose]();
});

async function connected() {
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(server.url)));
  onTestFinished(() => client.close());
  return client;
}

test('serves the same tools and errors as over stdio', async () => {
  const client = await connected();
  expect((await client.listTools()).tools).toHaveLength(6);
  const result = await client.callTool({ name: 'teardown', arguments: { al: true } });
  expect(result.isError).toBe(true);
  expect(textOf(result)).toMatch(/^Error invalid-argument: /);
});

test('serves many clients at once, none of which sees another', async () => {
  const clients = await Promise.all(Array.from({ length: 8 }, connected));
  const lists = await Promise.all(clients.map((client) => client.listTools()));
  expect(new Set(lists.map((list) => JSON.stringify(list))).size).toBe(1);
});

test('serves a client of SDK 1.x', async () => {
  const client = new ClientV1({ name: 'old', version: '1.0.0' });
  // The 1.x transport's optional members are typed without regard to exactOptionalPropertyTypes.
  await client.connect(new HttpV1(new URL(server.url)) as Parameters<ClientV1['connect']>[0]);
  onTestFinished(() => client.close());
  expect((await client.listTools()).tools).toHaveLength(6);
});

const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });

interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function post(headers: Record<string, string>, path = '/mcp', body = list): Promise<Reply> {
  const sent = request({
    host: '127.0.0.1',
    port: server.port,
    path,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
  });
  // A body that is announced longer than it is stays open: it is refused for its length alone.
  if (headers['content-length'] === undefined) sent.end(body);
  else sent.write(body);
  const [answer] = await once(sent, 'response');
  let text = '';
  for await (const chunk of answer) text += chunk;
  return { status: answer.statusCode, headers: answer.headers, body: text };
}

describe('DNS rebinding', () => {
  test.each([
    'evil.example',
    'evil.example:80',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '0.0.0.0',
  ])('Host %s is refused', async (host) => {
    const { status, body } = await post({ host });
    expect(status).toBe(403);
    expect(body).not.toContain('provision_sandbox');
  });

  test.each(['http://evil.example', 'https://localhost.evil.example', 'null', 'file://', 'not a url'])(
    'Origin %s is refused',
    async (origin) => {
      expect((await post({ origin })).status).toBe(403);
    },
  );

  test('what loopback sends is served, and nobody else may read it from a page', async () => {
    for (const headers of [{}, { host: 'localhost:1' }, { origin: 'http://localhost:5173' }]) {
      const { status, headers: answered } = await post(headers as Record<string, string>);
      expect(status).toBe(200);
      expect(answered['access-control-allow-origin']).toBeUndefined();
    }
  });
});

test('other paths are not found', async () => {
  for (const path of ['/', '/mcp/../etc', '/MCP', '//', '/mcp%00'])
    expect((await post({}, path)).status).toBe(404);
});

test('bodies are bounded, and what is no JSON is refused; the server goes on', async () => {
  expect((await post({ 'content-length': '5000000' })).status).toBe(413);
  expect((await post({}, '/mcp', '{')).status).toBe(400);
  expect((await post({ 'content-type': 'text/plain' })).status).toBe(415);
  expect((await post({})).status).toBe(200);
});

test('a client that breaks off in the middle harms nobody', async () => {
  for (let round = 0; round < 5; round += 1) {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(
      'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{',
    );
    socket.destroy();
  }
  expect((await post({})).status).toBe(200);
});

describe('the address', () => {
  test.each(['0.0.0.0:0', '192.168.1.1:80', 'example.com:80', '[::]:0', '127.0.0.2:0'])(
    '%s is refused: loopback only',
    async (address) => {
      const { code, stderr } = await seatrial(['mcp', '--http', address], place);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^Error invalid-argument: .*\nWhy: It serves on loopback only.*\nNext: /);
    },
  );

  test.each(['http', '70000', '127.0.0.1:', ':x', '-1'])('%s is no address', async (address) => {
    const { code, stderr } = await seatrial(['mcp', `--http=${address}`], place);
    expect(code).toBe(2);
    expect(stderr).toContain('is no address to listen on');
  });

  test('a port that is taken is told so', async () => {
    const { code, stderr } = await seatrial(['mcp', '--http', String(server.port)], place);
    expect(code).toBe(2);
    expect(stderr).toContain('it is taken');
  });
});

test('ends at SIGTERM, with connections open', async () => {
  const other = await startHttp(place, '127.0.0.1:0');
  const socket = connect(other.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  expect(await other.stop()).toBe(0);
});
