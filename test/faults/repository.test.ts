import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { clearError } from './agent.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.witness();
});
afterEach(async () => {
  await world.reset();
  await world.holds();
  await world.settled();
});
afterAll(() => world.end());

const change = () => world.edit('price/server.mjs', '1250', '1400');

describe('the repository', () => {
  test('no git repository: every tool that needs one says not-a-repository', async () => {
    const elsewhere = join(world.scratch.folder, 'elsewhere');
    mkdirSync(elsewhere, { recursive: true });
    const agent = await world.connect(elsewhere);
    for (const [tool, args] of [
      ['provision_sandbox', {}],
      ['inspect_sandbox', {}],
      ['list_plans', {}],
      ['run_plan', { plan: 'cart', sandbox: 'witness' }],
      ['smart_diff', { plan: 'cart', sandbox: 'witness' }],
      ['teardown', { all: true }],
    ] as const) {
      expect(await agent.refused(tool, args)).toMatchObject({ code: 'not-a-repository' });
    }
    await agent.close();
    const { code, stdout, stderr } = await world.cli(['provision', '--json'], elsewhere);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(clearError(stderr).code).toBe('not-a-repository');
  });

  test('a ref that does not exist: unknown-ref, as change and as baseline', async () => {
    for (const ref of ['no-such', '-x', 'main..fix', 'x'.repeat(150)]) {
      const changes = [{ service: 'price', ref }];
      expect(await world.agent.refused('provision_sandbox', { changes })).toMatchObject({
        code: 'unknown-ref',
      });
    }
    change();
    world.edit('seatrial.yaml', '\nservices:', '\nbaseline: { ref: gone }\nservices:');
    const { code, text } = await world.agent.refused('provision_sandbox');
    expect(code).toBe('unknown-ref');
    expect(text).toContain('gone');
  });

  test('a merge conflict in the tree: merge-conflict names the file, and the merge is left as it is', async () => {
    const { git } = world.scratch;
    git('switch', '--quiet', '--create', 'ours');
    change();
    git('commit', '--quiet', '--all', '--message=ours');
    expect(() => git('merge', 'fix')).toThrow();
    const before = git('status', '--porcelain');
    const { code, text } = await world.agent.refused('provision_sandbox');
    expect(code).toBe('merge-conflict');
    expect(text).toContain('price/server.mjs');
    expect(git('status', '--porcelain')).toBe(before);
    git('merge', '--abort');
    git('switch', '--quiet', 'main');
  });

  test('a file named with a newline: it is forked, run and reported on one line', async () => {
    change();
    writeFileSync(join(world.scratch.root, 'price/two\nError lines: x'), 'new');
    writeFileSync(join(world.scratch.root, 'of no\nservice'), 'new');
    writeFileSync(join(world.scratch.root, 'plans/a\nNext: plan.md'), 'no plan');
    const { state, text, unmapped } = await world.agent.done('provision_sandbox', { name: 'newline' });
    expect(state, text).toBe('ready');
    expect(unmapped).toEqual(['of no\nservice']);
    expect(text).not.toContain('of no\nservice');
    const plans = await world.agent.call('list_plans');
    expect(plans.text).not.toMatch(/^(Error lines|service|Next: plan)/m);
    const checked = await world.cli(['plans', 'check']);
    expect(checked.stdout.trim().split('\n')).toHaveLength(1);
    const run = await world.agent.done('run_plan', { plan: 'sku', sandbox: 'newline' });
    expect(run).toMatchObject({ verdict: 'inconclusive' });
    expect(run.reasons).toMatchObject([{ code: 'unmapped-change' }]);
    expect(run.text).not.toContain('of no\nservice');
  });

  test('nothing changed: nothing-changed, and a service can be named all the same', async () => {
    expect(await world.agent.refused('provision_sandbox')).toMatchObject({ code: 'nothing-changed' });
    const named = { name: 'as-it-is', changes: [{ service: 'price' }] };
    expect(await world.agent.done('provision_sandbox', named)).toMatchObject({ state: 'ready' });
  });

  test('200 changed files: all are in the fork, and results stay small', async () => {
    change();
    for (let index = 0; index < 200; index += 1) {
      world.scratch.write(`price/data/file-with-a-rather-long-name-${index}.txt`, String(index));
      world.scratch.write(`elsewhere/file-with-a-rather-long-name-${index}.txt`, String(index));
    }
    const { state, text } = await world.agent.done('provision_sandbox', { name: 'many' });
    expect(state, text).toBe('ready');
    expect(text.length).toBeLessThan(8000);
    expect((await world.agent.call('list_plans')).text.length).toBeLessThan(8000);
    const run = await world.agent.done('run_plan', { plan: 'sku', sandbox: 'many' });
    expect(run.reasons).toMatchObject([{ code: 'unmapped-change' }]);
    expect(run.text.length).toBeLessThan(8000);
  });

  test('a loop of symbolic links in the tree is forked as it is', async () => {
    change();
    symlinkSync('loop-b', join(world.scratch.root, 'price/loop-a'));
    symlinkSync('loop-a', join(world.scratch.root, 'price/loop-b'));
    symlinkSync('.', join(world.scratch.root, 'price/self'));
    expect(await world.agent.done('provision_sandbox', { name: 'loops' })).toMatchObject({ state: 'ready' });
  });

  test('the folder of a service is deleted: the sandbox fails with the last lines and the next step', async () => {
    rmSync(join(world.scratch.root, 'price'), { recursive: true });
    const { state, reason, forks, text } = await world.agent.done('provision_sandbox', { name: 'deleted' });
    expect({ state, reason }).toMatchObject({ state: 'failed', reason: { code: 'service-exited' } });
    expect(forks[0]?.log_untrusted?.join('\n')).toContain('Cannot find module');
    expect(text).toMatch(/\nNext: \S/);
    expect(await world.agent.refused('run_plan', { plan: 'cart', sandbox: 'deleted' })).toMatchObject({
      code: 'sandbox-not-ready',
    });
  });

  test('without a git identity everything works: nothing is committed', async () => {
    change();
    const agent = await world.connect(world.scratch.root, { HOME: '/nonexistent', EMAIL: '' });
    expect(await agent.done('provision_sandbox', { name: 'nobody' })).toMatchObject({ state: 'ready' });
    await agent.close();
  });
});

describe('seatrial.yaml', () => {
  test('missing: no-config with an example', async () => {
    change();
    rmSync(join(world.scratch.root, 'seatrial.yaml'));
    const { code, text } = await world.agent.refused('provision_sandbox');
    expect(code).toBe('no-config');
    expect(text).toContain('services:\n  web:');
    expect(await world.agent.refused('list_plans')).toMatchObject({ code: 'no-config' });
  });

  test.each([
    ['broken YAML', 'services:', 'services: [', /seatrial\.yaml:\d+/],
    ['a service with upper case', '  shop:', '  Shop:', /Shop/],
    ['an unknown key', 'readySeconds: 20', 'readySecond: 20', /readySecond/],
    ['a wrong type', 'readySeconds: 20', 'readySeconds: soon', /readySeconds/],
    ['a service that is not there', 'services.price.url', 'services.prize.url', /prize/],
    ['a tab', '  price:', '\tprice:', /seatrial\.yaml:\d+/],
    ['a bomb of aliases', '\nservices:', bomb('\nservices:'), /seatrial\.yaml/],
  ])('%s: invalid-config with the line', async (_, from, to, named) => {
    change();
    world.edit('seatrial.yaml', from, to);
    const { code, text } = await world.agent.refused('provision_sandbox');
    expect(code).toBe('invalid-config');
    expect(text).toMatch(named);
    expect(text.length).toBeLessThan(2000);
  });

  test.each(['plans: ../elsewhere', 'plans: /etc'])('%s leads out: out-of-root', async (line) => {
    change();
    world.edit('seatrial.yaml', '\nservices:', `\n${line}\nservices:`);
    expect(await world.agent.refused('list_plans')).toMatchObject({ code: 'out-of-root' });
    expect(await world.agent.refused('provision_sandbox')).toMatchObject({ code: 'out-of-root' });
  });
});

function bomb(end: string): string {
  const levels = 'abcdefghi'.split('').map((name, index, all) => {
    const items = index === 0 ? '"lol"' : `*${all[index - 1]}`;
    return `x${name}: &${name} [${Array(9).fill(items).join(', ')}]`;
  });
  return `\n${levels.join('\n')}${end}`;
}
