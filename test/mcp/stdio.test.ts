import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { catalogue } from '../../tools/catalogue.ts';
import { binary, seatrial } from '../support/binary.ts';
import { connectStdio, textOf } from '../support/clients.ts';
import { scratchRepository } from '../support/scratch-repository.ts';

const names = catalogue.map(({ name }) => name);

function place(files?: Record<string, string>) {
  const scratch = scratchRepository(files);
  onTestFinished(() => scratch[Symbol.dispose]());
  const env = { ...scratch.env, SEATRIAL_HOME: `${scratch.folder}/home` };
  return { cwd: scratch.root, env, folder: scratch.folder };
}

async function connected(where = place()) {
  const { client, transport } = await connectStdio(where);
  onTestFinished(() => client.close());
  return { client, transport };
}

test('lists the six tools, in 3,000 tokens at four characters each', async () => {
  const { client } = await connected();
  const list = await client.listTools();
  expect(list.tools.map(({ name }) => name)).toEqual(names);
  expect(JSON.stringify(list).length / 4).toBeLessThanOrEqual(3000);
  for (const { annotations } of list.tools) {
    expect(Object.keys(annotations ?? {}).sort()).toEqual([
      'destructiveHint',
      'idempotentHint',
      'openWorldHint',
      'readOnlyHint',
    ]);
  }
});

test('says at the start how the loop goes', async () => {
  const { client } = await connected();
  expect(client.getInstructions()).toContain('provision_sandbox');
  expect(client.getServerVersion()?.name).toBe('seatrial');
});

test('starts in a folder that is no repository, and says so at the first call', async () => {
  const where = place();
  const { client } = await connected({ ...where, cwd: where.folder });
  expect((await client.listTools()).tools).toHaveLength(6);
  const result = await client.callTool({ name: 'list_plans', arguments: {} });
  expect(result.isError).toBe(true);
  expect(textOf(result)).toMatch(/^Error not-a-repository: .*\nNext: /);
});

describe('an error', () => {
  test('names what happened and the next step, as text and as data', async () => {
    const { client } = await connected();
    const result = await client.callTool({ name: 'teardown', arguments: { sandbox: 'a', all: true } });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toMatch(/^Error invalid-argument: .*\nNext: /);
    expect(result._meta?.['seatrial.dev/error']).toMatchObject({ code: 'invalid-argument' });
    expect(result.structuredContent).toBeUndefined();
  });

  test.each([
    ['run_plan', { plan: 'a', sandbox: 'b', forse: true }, 'forse'],
    ['provision_sandbox', { changes: [{ service: 'a', imagee: 'x' }] }, 'imagee'],
    ['provision_sandbox', { lease: 'a while' }, 'lease'],
    ['provision_sandbox', { name: '--server=evil' }, 'name'],
    ['provision_sandbox', { name: '../../etc' }, 'name'],
    ['provision_sandbox', { wait_seconds: 1e9 }, 'wait_seconds'],
    ['inspect_sandbox', { sandbox: 'Not A Name' }, 'sandbox'],
    ['run_plan', { run: '../../../etc/passwd' }, 'run'],
    [
      'smart_diff',
      { sandbox: 'a', requests: [{ id: 'a', service: 's', method: 'get', path: '/' }] },
      'method',
    ],
    ['smart_diff', { sandbox: 'a', requests: [] }, 'requests'],
    ['run_plan', {}, 'plan'],
    ['run_plan', { plan: 'a' }, 'sandbox'],
    ['smart_diff', { sandbox: 'a' }, 'requests'],
    ['teardown', {}, 'sandbox'],
  ])('%s refuses %j', async (name, args, named) => {
    const { client } = await connected();
    const result = await client.callTool({ name, arguments: args });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toMatch(/^Error invalid-argument: /);
    expect(textOf(result)).toContain(named);
  });

  test('a tool that does not exist is an error of the protocol', async () => {
    const { client } = await connected();
    await expect(client.callTool({ name: 'rm_rf', arguments: {} })).rejects.toThrow(/rm_rf/);
  });

  test('reading a resource that cannot be is one too', async () => {
    const { client } = await connected();
    for (const uri of [
      'seatrial://runs/..%2f..%2fetc%2fpasswd/report',
      'seatrial://sandboxes/UPPER/logs/a',
      'file:///etc/passwd',
    ]) {
      await expect(client.readResource({ uri }), uri).rejects.toThrow();
    }
  });
});

test('offers reports and logs as resources; the list is empty as long as no result named one', async () => {
  const { client } = await connected();
  const { resourceTemplates } = await client.listResourceTemplates();
  expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
    'seatrial://runs/{run}/report',
    'seatrial://sandboxes/{name}/logs/{service}',
  ]);
  expect((await client.listResources()).resources).toEqual([]);
});

test('a client of SDK 1.x lists and calls', async () => {
  const where = place();
  const client = new ClientV1({ name: 'old', version: '1.0.0' });
  await client.connect(
    new StdioV1({ command: process.execPath, args: [binary, 'mcp'], cwd: where.cwd, env: where.env }),
  );
  onTestFinished(() => client.close());
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(names);
  const result = await client.callTool({ name: 'teardown', arguments: {} });
  expect(result.isError).toBe(true);
  expect(textOf(result)).toContain('invalid-argument');
  expect((await client.listResourceTemplates()).resourceTemplates).toHaveLength(2);
});

test('stdout carries the protocol and nothing else, whatever comes in', async () => {
  const lines = [
    'this is no JSON',
    '{"jsonrpc":"2.0"',
    '[]',
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
    }),
    JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'no/such/method' }),
    '',
  ];
  const { code, stdout } = await seatrial(['mcp'], place(), lines.join('\n'));
  expect(code).toBe(0);
  for (const line of stdout.split('\n').filter((line) => line !== '')) {
    expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
  }
});
