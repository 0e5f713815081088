import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { plan } from './shop.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let marker: string;
beforeAll(async () => {
  world = await openWorld();
  await world.witness();
  marker = join(world.scratch.folder, 'executed');
});
afterEach(async () => {
  await world.reset();
  await world.holds();
  await world.settled();
  expect(existsSync(marker)).toBe(false);
});
afterAll(() => world.end());

const good = plan('bad', ['id: one\nhttp: { service: price, path: /mug }\nexpect: { status: 200 }']);
const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...'bcdefgh'
    .split('')
    .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(', ')}]`),
].join('\n');
const javascript = (file: string) =>
  `{ seatrial: 1, name: require('node:fs').writeFileSync(${JSON.stringify(file)}, '') }`;

describe('a plan with', () => {
  test.each<[string, (text: string) => string, RegExp]>([
    ['unknown keys', (text) => text.replace('name: bad', 'name: bad\nnmae: x'), /nmae/],
    ['unknown keys of a step', (text) => text.replace('status: 200', 'statsu: 200'), /statsu/],
    ['a wrong type', (text) => text.replace('status: 200', 'status: fine'), /status/],
    ['a YAML alias bomb', (text) => text.replace('selectionHint', `${bomb}\nselectionHint`), /alias|key/i],
    ['a YAML alias bomb in a step', (text) => text.replace('id: one', `id: one\n${bomb}`), /alias|key/i],
    [
      '---js frontmatter',
      (text) => text.replace(/^---\n[\s\S]*?\n---/, `---js\n${javascript(marker)}\n---`),
      /YAML/,
    ],
    ['---javascript frontmatter', (text) => text.replace('---', '---javascript'), /YAML/],
    [
      'a tag that constructs',
      (text) => text.replace('name: bad', 'name: !!js/function "() => 1"'),
      /tag|name/i,
    ],
    ['__proto__ keys', (text) => text.replace('name: bad', 'name: bad\n__proto__: { x: 1 }'), /__proto__/],
    ['__proto__ in a step', (text) => text.replace('status: 200', '__proto__: { status: 200 }'), /__proto__/],
    ['an unknown service', (text) => text.replace('service: price', 'service: prize'), /prize/],
    ['a path that leaves its service', (text) => text.replace('/mug', 'http://example.com/'), /path/],
    [
      'a header that splits',
      (text) => text.replace('path: /mug', 'path: /mug, headers: { a: "x\\r\\nb: y" }'),
      /line|header/,
    ],
    [
      'expected changes outside the root',
      (text) =>
        text.replace(
          /http:[\s\S]*200 }/,
          'smart_diff: { requests: [{ id: r, service: price, path: /mug }], expected: ../../x.yaml }',
        ),
      /expected|leads out/,
    ],
    ['no frontmatter', () => '# Nothing\n', /frontmatter/],
  ])('%s is broken with file:line, cannot run, and hides no other', async (_, change, named) => {
    writeFileSync(join(world.scratch.root, 'plans/bad.md'), change(good));
    expect(change(good)).not.toBe(good);
    const { broken, plans, text } = await world.agent.call('list_plans');
    expect(broken.length).toBeGreaterThan(0);
    expect(broken[0]).toMatchObject({ file: 'plans/bad.md', line: expect.any(Number) });
    expect(broken.map(({ message }) => message).join('\n')).toMatch(named);
    expect(text).toMatch(/Broken: plans\/bad\.md:\d+: /);
    expect(plans.map(({ name }) => name).toSorted()).toEqual(['cart', 'signed', 'sku']);
    const refused = await world.agent.refused('run_plan', { plan: 'bad', sandbox: 'witness' });
    expect(refused.code).toBe('invalid-plan');
    expect(refused.text).toMatch(/plans\/bad\.md:\d+/);
  });

  test('a path outside the root is refused, wherever the path comes from', async () => {
    const outside = join(world.scratch.folder, 'outside');
    mkdirSync(outside, { recursive: true });
    writeFileSync(
      join(outside, 'leak.md'),
      plan('leak', ['id: one\nhttp: { service: price, path: /secret }']),
    );
    writeFileSync(join(outside, 'secret.yaml'), 'secret: of another folder');
    symlinkSync(join(outside, 'leak.md'), join(world.scratch.root, 'plans/leak.md'));
    expect(await world.agent.refused('run_plan', { plan: 'leak', sandbox: 'witness' })).toMatchObject({
      code: 'out-of-root',
    });
    for (const name of [
      '../../outside/leak',
      '/etc/passwd',
      '../../outside/leak.md',
      'plans/../plans/cart.md',
    ]) {
      const refused = await world.agent.refused('run_plan', { plan: name, sandbox: 'witness' });
      expect(refused.code).toBe('unknown-plan');
      expect(refused.text).not.toContain('/secret');
    }
    symlinkSync(join(outside, 'secret.yaml'), join(world.scratch.root, 'linked.yaml'));
    for (const expected of ['../outside/secret.yaml', '/etc/passwd', 'linked.yaml', 'nowhere.yaml']) {
      const args = { sandbox: 'witness', plan: 'cart', expected };
      const refused = await world.agent.refused('smart_diff', args);
      expect(['invalid-expected', 'out-of-root', 'invalid-argument']).toContain(refused.code);
      expect(refused.text).not.toMatch(/of another folder|root:x:/);
    }
  });
});

describe('what a plan is given', () => {
  test('a parameter of a wrong type or an unknown one: invalid-params names it', async () => {
    for (const [params, named] of [
      [{ sku: 7 }, 'sku'],
      [{ count: 'many' }, 'count'],
      [{ count: 1.5 }, 'count'],
      [{ sku: null }, 'sku'],
      [{ sku: { $ne: 1 } }, 'sku'],
      [{ color: 'red' }, 'color'],
      [{ constructor: 'x' }, 'constructor'],
    ] as const) {
      const refused = await world.agent.refused('run_plan', { plan: 'sku', sandbox: 'witness', params });
      expect(refused).toMatchObject({ code: 'invalid-params', text: expect.stringContaining(named) });
    }
    const cli = await world.cli(['run', 'sku', '--sandbox', 'witness', '--param', 'count=many']);
    expect(cli).toMatchObject({ code: 2, stderr: expect.stringContaining('invalid-params') });
  });

  test('a secret whose variable is not set: missing-secret; set, its value shows nowhere', async () => {
    const args = { plan: 'signed', sandbox: 'witness' };
    expect(await world.agent.refused('run_plan', args)).toMatchObject({ code: 'missing-secret' });
    expect((await world.agent.refused('run_plan', args)).text).toContain('buyer');
    const buyer = await world.connect(world.scratch.root, { BUYER_TOKEN: 'hunter2-hunter2' });
    const data = await buyer.done('run_plan', args);
    expect(JSON.stringify(data)).not.toContain('hunter2');
    await buyer.close();
  });
});
