import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { binary, seatrial } from '../support/binary.ts';
import { scratchRepository } from '../support/scratch-repository.ts';

const config = `services:
  pricing:
    paths: [services/pricing/**]
    command: node services/pricing/server.mjs
    ready: tcp
`;

function place(
  files: Record<string, string> = { 'seatrial.yaml': config, 'services/pricing/server.mjs': '' },
) {
  const scratch = scratchRepository(files);
  onTestFinished(() => scratch[Symbol.dispose]());
  const env = { ...scratch.env, SEATRIAL_HOME: `${scratch.folder}/home` };
  return { ...scratch, cwd: scratch.root, env };
}

describe('usage', () => {
  test.each([
    [['no-such-verb'], 'unknown command'],
    [['teardown', '--al'], 'unknown option'],
    [['provision', '--wait', 'long'], 'Write whole seconds'],
    [['provision', '--lease', 'soon', 'pricing'], 'lease'],
    [['provision', '--env', 'A', 'pricing'], '--env'],
    [['provision', '--ref', 'HEAD'], '--ref'],
    [['provision', '--image', 'pricing:2'], '--image'],
    [['provision', '--revision', 'HEAD'], '--revision'],
    [['run'], 'plan'],
    [['run', 'a', '--param', '=b', '--sandbox', 'x'], '--param'],
    [['teardown'], 'sandbox'],
    [['diff'], 'one of the four'],
    [['diff', 'box', '--captures', 'x'], 'one of the four'],
    [['diff', '--baseline', 'http://127.0.0.1:1'], 'one of the four'],
    [['diff', '--openapi-baseline', 'a.yaml'], 'one of the four'],
    [['diff', '--openapi-baseline', 'a.yaml', '--openapi-candidate', 'b.yaml'], 'cannot be read'],
    [['diff', 'box', '--policy', 'p.yaml'], 'seatrial.policy.yaml'],
    [['diff', 'box', '--openapi', 'o.yaml'], 'seatrial.yaml'],
    [['diff', '--captures', 'x', '--policy', 'p.yaml'], 'p.yaml cannot be read'],
    [['diff', '--captures', 'x', '--openapi', 'seatrial.yaml'], 'no `openapi` version'],
    [['diff', '--captures', 'x', '--policy', 'seatrial.yaml'], 'the policy cannot be used'],
    [['diff', '--captures', 'missing.jsonl'], 'cannot be read'],
    [['plans', 'new', '../out'], 'cannot be made'],
  ])('%j exits with 2 and says what is wrong', async (args, named) => {
    const { code, stdout, stderr } = await seatrial(args, place());
    expect(stderr).toContain(named);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  test('help and version exit with 0, on stdout', async () => {
    const help = await seatrial(['--help'], place());
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain(
      'Exit codes: 0 passed, 1 failed, 2 usage, 3 inconclusive, 4 could not run.',
    );
    expect(help.stdout).not.toContain('host [');
    expect((await seatrial(['--version'], place())).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

test('what could not run exits with 4, with code and next step, and no stack', async () => {
  const scratch = place();
  const { code, stdout, stderr } = await seatrial(['inspect'], { ...scratch, cwd: scratch.folder });
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
  expect(stderr).toMatch(/^Error not-a-repository: .+\n(Why: .+\n)?Next: .+\n$/);
});

describe('plans', () => {
  test('starts one that is well formed, once, and lists it for the change', async () => {
    const scratch = place();
    expect(await seatrial(['plans', 'new', 'prices'], scratch)).toMatchObject({ code: 0 });
    const again = await seatrial(['plans', 'new', 'prices'], scratch);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('is there already');
    expect((await seatrial(['plans', 'check'], scratch)).code).toBe(0);
    scratch.write('services/pricing/server.mjs', '// changed\n');
    const { stdout } = await seatrial(['plans', '--json'], scratch);
    const listed = JSON.parse(stdout);
    expect(listed.plans).toMatchObject([{ name: 'prices', fits: true }]);
    expect(listed.changed_services).toEqual(['pricing']);
    expect(listed.next).toContain('run_plan');
  });

  test('names a changed service that none covers, with a template', async () => {
    const scratch = place();
    const { stdout } = await seatrial(['plans', '--changed', 'services/pricing/a.mjs', '--json'], scratch);
    expect(JSON.parse(stdout)).toMatchObject({ plans: [], uncovered: [{ service: 'pricing' }] });
    expect(JSON.parse(stdout).template.text).toContain('yaml step');
  });

  test('check names file and line of a broken one and exits with 1', async () => {
    const scratch = place();
    scratch.write('plans/bad.md', '---\nseatrial: 1\nname: bad\nevil: true\n---\n');
    const { code, stdout } = await seatrial(['plans', 'check'], scratch);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^plans\/bad\.md:\d+: .*evil/m);
  });
});

describe('diff without a sandbox', () => {
  test('of recorded answers gives the same bytes each time, and exits with 1 on breaking only', async () => {
    const scratch = place();
    const answer = (price: unknown) => ({ status: 200, headers: {}, body: { price } });
    const line = (before: unknown, after: unknown) =>
      `${JSON.stringify({ id: 'a', baseline: [answer(before), answer(before)], candidate: Array(5).fill(answer(after)) })}\n`;
    scratch.write('same.jsonl', line(5, 5));
    scratch.write('gone.jsonl', line(5, '5'));
    const same = await seatrial(['diff', '--captures', 'same.jsonl'], scratch);
    expect(same).toMatchObject({ code: 0 });
    expect(JSON.parse(same.stdout)).toMatchObject({ id: 'a', differs: 'none' });
    const [one, two] = await Promise.all(
      [1, 2].map(() => seatrial(['diff', '--captures', 'gone.jsonl'], scratch)),
    );
    expect(one).toMatchObject({ code: 1 });
    expect(one?.stdout).toBe(two?.stdout);
  });

  test('takes a document and a policy that say what weighs less, for recorded answers and two addresses', async () => {
    const scratch = place();
    const schema = { properties: { price: {}, note: { type: 'string' } }, required: ['price'] };
    const answered = { 200: { content: { 'application/json': { schema } } } };
    scratch.write(
      'openapi.json',
      JSON.stringify({ openapi: '3.1.0', paths: { '/': { get: { responses: answered } } } }),
    );
    scratch.write(
      'policy.yaml',
      'severities:\n  - { rule: removed-field, place: "$.note", severity: harmless, reason: "nobody reads it" }\n',
    );
    const json = (body: unknown) => ({ status: 200, headers: { 'content-type': 'application/json' }, body });
    const side = (body: unknown) => Array(7).fill(json(body));
    const line = {
      id: 'a',
      path: '/',
      baseline: side({ price: 5, note: 'x' }),
      candidate: side({ price: 5 }),
    };
    scratch.write('gone.jsonl', JSON.stringify(line));
    const [before, after] = await Promise.all([serve({ price: 5, note: 'x' }), serve({ price: 5 })]);
    scratch.write('requests.json', JSON.stringify([{ id: 'a', method: 'GET', path: '/' }]));
    const doors = [
      ['diff', '--captures', 'gone.jsonl'],
      ['diff', '--baseline', before, '--candidate', after, '--requests', 'requests.json', '--json'],
    ];
    for (const door of doors) {
      for (const [flags, differs, code] of [
        [[], 'breaking', 1],
        [['--openapi', 'openapi.json'], 'suspicious', 0],
        [['--policy', 'policy.yaml'], 'harmless', 0],
        [['--openapi', 'openapi.json', '--policy', 'policy.yaml'], 'harmless', 0],
      ] as const) {
        const out = await seatrial([...door, ...flags], scratch);
        expect({ code: out.code, differs: JSON.parse(out.stdout).differs }).toEqual({ code, differs });
      }
    }
  });

  test('of two OpenAPI documents says what the later one takes no more', async () => {
    const scratch = place();
    const limit = (more: object) => ({ in: 'query', name: 'limit', ...more });
    const document = (more: object) =>
      JSON.stringify({ openapi: '3.0.3', paths: { '/carts': { get: { parameters: [limit(more)] } } } });
    scratch.write('before.json', document({}));
    scratch.write('after.yaml', document({ required: true }));
    const files = ['diff', '--openapi-baseline', 'before.json', '--openapi-candidate'];
    const found = await seatrial([...files, 'after.yaml', '--json'], scratch);
    expect(found.code).toBe(1);
    expect(JSON.parse(found.stdout)).toMatchObject({
      verdict: 'none',
      differs: 'breaking',
      proof: 'not-applicable',
      findings: [{ rule: 'request-required', place: 'request:query.limit', request: 'GET /carts' }],
    });
    const text = await seatrial([...files, 'after.yaml'], scratch);
    expect(text.stdout).toContain('breaking request-required at request:query.limit of GET /carts');
    expect(await seatrial([...files, 'before.json'], scratch)).toMatchObject({ code: 0 });
    scratch.write(
      'policy.yaml',
      'severities:\n  - { rule: request-required, place: "request:query.limit", severity: harmless, reason: "all send it" }\n',
    );
    expect(await seatrial([...files, 'after.yaml', '--policy', 'policy.yaml'], scratch)).toMatchObject({
      code: 0,
    });
    scratch.write('none.json', '{ "swagger": "2.0" }');
    const bad = await seatrial([...files, 'none.json'], scratch);
    expect(bad).toMatchObject({ code: 2, stdout: '' });
    expect(bad.stderr).toContain('Swagger 2.0 is not read');
  });

  test('of two addresses says what differs, without proof or verdict', async () => {
    const scratch = place();
    const [before, after] = await Promise.all([serve({ price: 5, id: 1 }), serve({ cost: 5, id: 1 })]);
    const file = join(scratch.folder, 'requests.json');
    writeFileSync(file, JSON.stringify([{ id: 'a', method: 'GET', path: '/' }]));
    const args = (candidate: string) => [
      ...['diff', '--baseline', before, '--candidate', candidate],
      ...['--requests', file, '--json'],
    ];
    const broken = await seatrial(args(after), scratch);
    expect(broken.code).toBe(1);
    expect(JSON.parse(broken.stdout)).toMatchObject({
      differs: 'breaking',
      proof: 'not-applicable',
      verdict: 'none',
      findings: [{ request: 'a', severity: 'breaking' }],
    });
    const same = await seatrial(args(before), scratch);
    expect(same.code).toBe(0);
    expect(JSON.parse(same.stdout)).toMatchObject({ differs: 'none', findings: [] });
  });

  test.each([
    ['{}', 'array'],
    ['[]', 'no requests'],
    ['[{"id":"a","method":"GET","path":"/"},{"id":"a","method":"GET","path":"/"}]', 'used twice'],
    ['[{"id":"a","method":"GET","path":"http://evil.example/"}]', 'path'],
    ['[{"id":"a","method":"GET","path":"/","extra":1}]', 'extra'],
    ['no json', 'no JSON'],
  ])('refuses requests %s', async (text, named) => {
    const scratch = place();
    scratch.write('requests.json', text);
    const address = ['--baseline', 'http://127.0.0.1:1', '--candidate', 'http://127.0.0.1:1'];
    const { code, stderr } = await seatrial(['diff', ...address, '--requests', 'requests.json'], scratch);
    expect(code).toBe(2);
    expect(stderr).toContain(named);
  });
});

describe('init', () => {
  test('writes a draft from what it finds, which the configuration takes, and never overwrites', async () => {
    const scratch = place({
      'services/tax/server.mjs': '',
      'services/we ird/package.json': '{"scripts":{"start":"node ."}}',
      'services/we ird/package-lock.json': '{}',
      'services/empty/notes.txt': '',
    });
    const first = await seatrial(['init'], scratch);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('tax, we-ird');
    expect((await seatrial(['plans', 'check'], scratch)).code).toBe(0);
    const second = await seatrial(['init'], scratch);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain('is there already');
  });
});

test('doctor says of each thing whether it is well, and starts nothing', async () => {
  const scratch = place();
  const { code, stdout } = await seatrial(['doctor', '--json'], scratch);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).checks.map(({ name }: { name: string }) => name)).toEqual([
    'node',
    'git',
    'repository',
    'configuration and plans',
    'folders',
    'host',
  ]);
  expect(stdout).toContain('none runs');
  scratch.write('seatrial.yaml', 'servises: {}\n');
  const sick = await seatrial(['doctor'], scratch);
  expect(sick.code).toBe(4);
  expect(sick.stdout).toMatch(/FAIL configuration and plans: .*servises/);
});

test('a Node that is too old is told so, by name', async () => {
  const old = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.19.2'}})`;
  const child = spawn(process.execPath, ['--import', old, binary, 'plans'], { stdio: 'pipe' });
  let said = '';
  child.stderr.on('data', (bytes) => {
    said += String(bytes);
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(4);
  expect(said).toMatch(/^Seatrial needs Node 22\.19 or later, and this is 20\.19\.2 \(\S+\)\.\n$/);
});

async function serve(body: unknown): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
