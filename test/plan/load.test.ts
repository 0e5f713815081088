import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findPlan } from '../../src/plan/find.ts';
import { loadPlans } from '../../src/plan/load.ts';
import { config, planOf } from './helpers.ts';

let root = '';
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'seatrial-plans-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const put = (file: string, text: string) => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
};
const plan = (name: string) =>
  planOf('id: x\nhttp: { service: tax, path: / }').replace('name: a', `name: ${name}`);
const load = (folder = 'plans') => loadPlans({ root, folder, config });
const code = async (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: { code?: string }) => error.code,
  );

describe('the plans folder', () => {
  test('is read with its folders, by file, without README and hidden files', async () => {
    put('plans/b.md', plan('b'));
    put('plans/deep/er/a.md', plan('a'));
    put('plans/README.md', 'not a plan');
    put('plans/.draft.md', 'not a plan');
    put('plans/.hidden/x.md', 'not a plan');
    put('plans/notes.txt', 'not a plan');
    const { plans, broken } = await load();
    expect(plans.map(({ name, file }) => [name, file])).toEqual([
      ['b', 'plans/b.md'],
      ['a', 'plans/deep/er/a.md'],
    ]);
    expect(broken).toEqual([]);
  });

  test('that does not exist holds no plans', async () => {
    expect(await load()).toEqual({ plans: [], broken: [] });
  });

  test('that is a file, or leads out of the root, is an error', async () => {
    put('plans', 'x');
    expect(await code(load())).toBe('invalid-config');
    symlinkSync(tmpdir(), join(root, 'out'));
    expect(await code(load('out'))).toBe('out-of-root');
    expect(await code(load('..'))).toBe('out-of-root');
  });
});

describe('a broken plan', () => {
  test('hides no good one, whatever is wrong with it', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'seatrial-outside-'));
    writeFileSync(join(outside, 'secret.md'), 'the secret of another folder');
    put('plans/good.md', plan('good'));
    put('plans/keys.md', plan('keys').replace('name:', 'nmae: x\nname:'));
    put('plans/js.md', '---js\nprocess.exit(1)\n---\n');
    put('plans/empty.md', '');
    put('plans/large.md', 'x'.repeat(400_000));
    put('plans/line\nbreak.md', 'x');
    put('plans/folder.md/x.md', plan('inside'));
    symlinkSync(join(outside, 'secret.md'), join(root, 'plans/leak.md'));
    symlinkSync(outside, join(root, 'plans/linked'));
    symlinkSync('nowhere.md', join(root, 'plans/dangling.md'));
    symlinkSync('loop.md', join(root, 'plans/loop.md'));
    symlinkSync('good.md', join(root, 'plans/same.md'));
    execFileSync('mkfifo', [join(root, 'plans/pipe.md')]);
    const { plans, broken } = await load();
    rmSync(outside, { recursive: true });
    expect(plans.map(({ name }) => name)).toEqual(['inside']);
    expect(broken).toMatchInlineSnapshot(`
      [
        {
          "code": "invalid-plan",
          "file": "plans/dangling.md",
          "line": 1,
          "message": "the file cannot be read (ENOENT)",
          "plan": null,
        },
        {
          "code": "invalid-plan",
          "file": "plans/empty.md",
          "line": 1,
          "message": "the file has no frontmatter: begin the file with a line \`---\`, then \`seatrial: 1\`, \`name:\`, \`selectionHint:\`, then a line \`---\`",
          "plan": null,
        },
        {
          "code": "invalid-plan",
          "file": "plans/good.md",
          "line": 1,
          "message": "the name \`good\` is also that of plans/same.md; rename one, until then neither runs",
          "plan": "good",
        },
        {
          "code": "invalid-plan",
          "file": "plans/js.md",
          "line": 1,
          "message": "only YAML frontmatter is read: the first line must be \`---\` alone",
          "plan": null,
        },
        {
          "code": "invalid-plan",
          "file": "plans/keys.md",
          "line": 3,
          "message": "\`nmae\` is no key; did you mean \`name\`?",
          "plan": "keys",
        },
        {
          "code": "invalid-plan",
          "file": "plans/large.md",
          "line": 1,
          "message": "the file is larger than 256 KiB",
          "plan": null,
        },
        {
          "code": "out-of-root",
          "file": "plans/leak.md",
          "line": 1,
          "message": "the file is a link that leads out of the repository",
          "plan": null,
        },
        {
          "code": "invalid-plan",
          "file": "plans/line
      break.md",
          "line": 1,
          "message": "the file has no frontmatter: begin the file with a line \`---\`, then \`seatrial: 1\`, \`name:\`, \`selectionHint:\`, then a line \`---\`",
          "plan": null,
        },
        {
          "code": "invalid-plan",
          "file": "plans/linked",
          "line": 1,
          "message": "links to folders are not followed; put the plans into the folder itself",
          "plan": null,
        },
        {
          "code": "invalid-plan",
          "file": "plans/loop.md",
          "line": 1,
          "message": "the file cannot be read (ELOOP)",
          "plan": null,
        },
        {
          "code": "invalid-plan",
          "file": "plans/pipe.md",
          "line": 1,
          "message": "this is no regular file",
          "plan": null,
        },
        {
          "code": "invalid-plan",
          "file": "plans/same.md",
          "line": 1,
          "message": "the name \`good\` is also that of plans/good.md; rename one, until then neither runs",
          "plan": "good",
        },
      ]
    `);
    expect(JSON.stringify(broken)).not.toContain('secret of');
  });

  test('is named with all that is wrong when it is asked for, by name or by file', async () => {
    put('plans/good.md', plan('good'));
    put('plans/keys.md', plan('other').replace('name:', 'nmae: x\nname:').replace('tax', 'tacks'));
    put('plans/unreadable.md', 'x');
    const loaded = await load();
    expect(findPlan(loaded, 'good').name).toBe('good');
    const data = (name: string) => {
      try {
        return findPlan(loaded, name);
      } catch (error) {
        return (error as { data: unknown }).data;
      }
    };
    expect([data('other'), data('unreadable'), data('goood'), data('# Ignore\nall')]).toMatchInlineSnapshot(`
      [
        {
          "code": "invalid-plan",
          "next": "Mend the file at the lines named, check it with \`seatrial plans check\`, and call again.",
          "what": "The plan cannot be read: plans/keys.md:3: \`nmae\` is no key; did you mean \`name\`; plans/keys.md:9: \`seatrial.yaml\` names no service \`tacks\`; it names checkout, pricing, tax.",
        },
        {
          "code": "invalid-plan",
          "next": "Mend the file at the lines named, check it with \`seatrial plans check\`, and call again.",
          "what": "The plan cannot be read: plans/unreadable.md:1: the file has no frontmatter: begin the file with a line \`---\`, then \`seatrial: 1\`, \`name:\`, \`selectionHint:\`, then a line \`---\`.",
        },
        {
          "code": "unknown-plan",
          "next": "Call list_plans (or \`seatrial plans check\`) and take a name from its answer.",
          "what": "There is no plan "goood"; did you mean \`good\`.",
          "why": "It holds good, and 3 problems in broken ones.",
        },
        {
          "code": "unknown-plan",
          "next": "Call list_plans (or \`seatrial plans check\`) and take a name from its answer.",
          "what": "There is no plan "# Ignore?all".",
          "why": "It holds good, and 3 problems in broken ones.",
        },
      ]
    `);
  });
});
