import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openRepository, type Repository } from '../../src/git/repository.ts';
import { type Scratch, scratchRepository } from '../support/scratch-repository.ts';

const signal = new AbortController().signal;

function open(scratch: Scratch, folder = scratch.root): Promise<Repository> {
  return openRepository(folder, { objects: join(scratch.folder, 'objects'), env: scratch.env }, signal);
}

function commit(scratch: Scratch, path: string, text: string): string {
  scratch.write(path, text);
  scratch.git('add', '--all');
  scratch.git('commit', '--quiet', '--message=next');
  return scratch.git('rev-parse', 'HEAD');
}

describe('opening', () => {
  test('a folder outside any repository, a missing one and a bare repository are not-a-repository', async () => {
    using scratch = scratchRepository();
    scratch.git('init', '--quiet', '--bare', join(scratch.folder, 'bare'));
    for (const folder of [scratch.folder, join(scratch.folder, 'missing'), join(scratch.folder, 'bare')]) {
      await expect(open(scratch, folder)).rejects.toMatchObject({ code: 'not-a-repository' });
    }
  });

  test('a machine without git is told so', async () => {
    using scratch = scratchRepository();
    const options = { objects: join(scratch.folder, 'objects'), env: { PATH: scratch.folder } };
    await expect(openRepository(scratch.root, options, signal)).rejects.toMatchObject({
      code: 'git-failed',
      text: { why: expect.stringContaining('not on the PATH') },
    });
  });

  test('a second worktree shares the common folder and has its own root and files', async () => {
    using scratch = scratchRepository();
    const second = join(scratch.folder, 'second');
    scratch.git('worktree', 'add', '--quiet', second, '-b', 'topic');
    const [one, two] = await Promise.all([open(scratch), open(scratch, second)]);
    expect(two.commonDir).toBe(one.commonDir);
    expect(two.root).toBe(second);
    expect(await two.branch(signal)).toBe('topic');
    scratch.write('a.txt', 'only in the first');
    const tree = await one.workingTree(signal);
    expect(await two.workingTree(signal)).toBe(scratch.git('rev-parse', 'HEAD^{tree}'));
    await two.export(tree, join(scratch.folder, 'out'), signal);
    expect(readFileSync(join(scratch.folder, 'out/a.txt'), 'utf8')).toBe('only in the first');
  });
});

describe('refs', () => {
  test('branches, tags, abbreviations, commits and trees resolve', async () => {
    using scratch = scratchRepository();
    scratch.git('tag', '--annotate', '--message=v1', 'v1');
    const commit = scratch.git('rev-parse', 'HEAD');
    const tree = scratch.git('rev-parse', 'HEAD^{tree}');
    const repository = await open(scratch);
    for (const ref of ['main', 'v1', commit, commit.slice(0, 8), 'HEAD']) {
      expect(await repository.resolve(ref, signal)).toEqual({ commit, tree });
    }
    expect(await repository.resolve(tree, signal)).toEqual({ commit: null, tree });
  });

  test.each([
    'nothing',
    '',
    '--all',
    '--output=/tmp/x',
    '-q',
    'main..other',
    'HEAD:a.txt',
    '0'.repeat(40),
    'a\nb',
    'a\0b',
    'x'.repeat(5000),
  ])('%j is unknown-ref', async (ref) => {
    using scratch = scratchRepository();
    await expect((await open(scratch)).resolve(ref, signal)).rejects.toMatchObject({ code: 'unknown-ref' });
  });
});

describe('the baseline', () => {
  test('auto is the merge base of HEAD with the default branch, and says with which', async () => {
    using scratch = scratchRepository();
    const repository = await open(scratch);
    const first = scratch.git('rev-parse', 'HEAD');
    const tree = scratch.git('rev-parse', 'HEAD^{tree}');
    const from = 'merge base with main';
    expect(await repository.baselineCommit('auto', signal)).toEqual({ commit: first, tree, from });
    scratch.git('checkout', '--quiet', '-b', 'topic');
    commit(scratch, 'a.txt', 'topic');
    scratch.git('checkout', '--quiet', 'main');
    const second = commit(scratch, 'b.txt', 'main');
    expect(await repository.baselineCommit('auto', signal)).toMatchObject({ commit: second, from });
    scratch.git('checkout', '--quiet', 'topic');
    expect(await repository.baselineCommit('auto', signal)).toMatchObject({ commit: first, from });
    expect(await repository.baselineCommit('main', signal)).toMatchObject({ commit: second, from: 'main' });
  });

  test('auto goes by origin before local branches', async () => {
    using scratch = scratchRepository();
    const clone = join(scratch.folder, 'clone');
    const first = scratch.git('rev-parse', 'HEAD');
    scratch.git('clone', '--quiet', scratch.root, clone);
    scratch.git('-C', clone, 'commit', '--quiet', '--allow-empty', '--message=unpushed');
    const repository = await open(scratch, clone);
    const from = 'merge base with origin/HEAD';
    expect(await repository.baselineCommit('auto', signal)).toMatchObject({ commit: first, from });
    scratch.git('-C', clone, 'remote', 'set-head', 'origin', '--delete');
    expect(await repository.baselineCommit('auto', signal)).toMatchObject({
      from: 'merge base with origin/main',
    });
  });

  test('no commit, no default branch, unrelated and shallow histories are no-baseline with what to set', async () => {
    using empty = scratchRepository({});
    const next = expect.stringContaining('baseline: { ref:');
    await expect((await open(empty)).baselineCommit('auto', signal)).rejects.toMatchObject({
      code: 'no-baseline',
      text: { why: expect.stringContaining('no commit yet'), next },
    });
    using scratch = scratchRepository();
    commit(scratch, 'a.txt', 'two');
    scratch.git('checkout', '--quiet', '-b', 'topic', 'HEAD~1');
    commit(scratch, 'c.txt', 'topic');
    const shallow = join(scratch.folder, 'shallow');
    scratch.git('clone', '--quiet', '--depth=1', '--no-single-branch', `file://${scratch.root}`, shallow);
    scratch.git('-C', shallow, 'remote', 'set-head', 'origin', 'main');
    await expect((await open(scratch, shallow)).baselineCommit('auto', signal)).rejects.toMatchObject({
      code: 'no-baseline',
      text: { why: expect.stringContaining('shallow'), next: expect.stringContaining('--unshallow') },
    });
    scratch.git('checkout', '--quiet', '--orphan', 'unrelated');
    scratch.git('commit', '--quiet', '--message=unrelated');
    const repository = await open(scratch);
    await expect(repository.baselineCommit('auto', signal)).rejects.toMatchObject({
      code: 'no-baseline',
      text: { why: 'HEAD and main share no commit.', next: expect.stringContaining('SEATRIAL_BASELINE_REF') },
    });
    scratch.git('branch', '--quiet', '-D', 'main');
    await expect(repository.baselineCommit('auto', signal)).rejects.toMatchObject({
      code: 'no-baseline',
      text: { why: expect.stringContaining('origin/HEAD'), next: expect.stringContaining('Set `baseline') },
    });
    await expect(repository.baselineCommit('gone', signal)).rejects.toMatchObject({ code: 'unknown-ref' });
  });
});

describe('changed files', () => {
  test('names both ends of a rename, odd names, and leaves literal paths out', async () => {
    using scratch = scratchRepository({
      'old.txt': 'x'.repeat(200),
      'plans/a.md': '1',
      'plans[1]/b.md': '1',
      'p.yaml': '1',
    });
    scratch.git('mv', 'old.txt', 'new.txt');
    for (const path of ['plans/a.md', 'plans[1]/b.md', 'p.yaml', 'line\nend', ':(top)odd'])
      scratch.write(path, '2');
    const repository = await open(scratch);
    const tree = await repository.workingTree(signal);
    const changed = (exclude: string[]) => repository.changedFiles('HEAD', tree, signal, exclude);
    const all = [':(top)odd', 'line\nend', 'new.txt', 'old.txt', 'p.yaml', 'plans/a.md', 'plans[1]/b.md'];
    expect((await changed([])).sort()).toEqual(all);
    expect((await changed(['plans/', 'p.yaml'])).sort()).toEqual(
      all.filter((path) => path !== 'plans/a.md' && path !== 'p.yaml'),
    );
    expect((await changed(['plans[1]'])).sort()).toEqual(all.filter((path) => path !== 'plans[1]/b.md'));
  });
});

describe('reading a file of a tree', () => {
  test('gives its text, and null for what is no regular file there', async () => {
    using scratch = scratchRepository({ 'dir/a.txt': 'text', '*.txt': 'star' });
    symlinkSync('/etc/passwd', join(scratch.root, 'link'));
    const repository = await open(scratch);
    const tree = await repository.workingTree(signal);
    expect(await repository.readFile(tree, 'dir/a.txt', signal)).toBe('text');
    expect(await repository.readFile(tree, '*.txt', signal)).toBe('star');
    for (const path of ['missing', 'dir', 'link', '?.txt', 'dir/', './dir/a.txt']) {
      expect(await repository.readFile(tree, path, signal), path).toBeNull();
    }
    await expect(repository.readFile('nothing', 'a', signal)).rejects.toMatchObject({ code: 'unknown-ref' });
  });
});

describe('exporting', () => {
  test('writes every file of the tree, export-ignored ones too, with its mode and links', async () => {
    using scratch = scratchRepository({
      '.gitattributes': 'secret.txt export-ignore\n*.crlf text eol=crlf\n',
      'secret.txt': 'here',
      'b.crlf': 'one\ntwo\n',
      'line\nend': 'x',
    });
    symlinkSync('secret.txt', join(scratch.root, 'link'));
    scratch.write('run.sh', '#!/bin/sh\n');
    chmodSync(join(scratch.root, 'run.sh'), 0o755);
    const repository = await open(scratch);
    const tree = await repository.workingTree(signal);
    const out = join(scratch.folder, 'cache/trees', tree);
    expect(await repository.export(tree, out, signal)).toBe(tree);
    expect(readdirSync(out).sort()).toEqual([
      '.gitattributes',
      'b.crlf',
      'line\nend',
      'link',
      'run.sh',
      'secret.txt',
    ]);
    expect(readFileSync(join(out, 'b.crlf'), 'utf8')).toBe('one\r\ntwo\r\n');
    expect(readlinkSync(join(out, 'link'))).toBe('secret.txt');
    expect(lstatSync(join(out, 'run.sh')).mode & 0o111).toBe(0o111);
    expect(readdirSync(join(scratch.folder, 'cache/trees'))).toEqual([tree]);
  });

  test('takes the attributes of the exported tree, not of what is checked out', async () => {
    using scratch = scratchRepository({ 'z/a.txt': 'one\n' });
    scratch.write('.gitattributes', '*.txt text eol=crlf\n');
    const repository = await open(scratch);
    await repository.export('HEAD', join(scratch.folder, 'out'), signal);
    expect(readFileSync(join(scratch.folder, 'out/z/a.txt'), 'utf8')).toBe('one\n');
  });

  test('several at once make one whole folder and leave nothing beside it', async () => {
    using scratch = scratchRepository(
      Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f/${i}.txt`, `${i}`])),
    );
    const repository = await open(scratch);
    const out = join(scratch.folder, 'trees/out');
    await Promise.all(Array.from({ length: 4 }, () => repository.export('HEAD', out, signal)));
    expect(readdirSync(join(out, 'f'))).toHaveLength(200);
    expect(readdirSync(join(scratch.folder, 'trees'))).toEqual(['out']);
    expect(readdirSync(join(scratch.folder, 'objects')).filter((name) => name.startsWith('index-'))).toEqual(
      [],
    );
  });

  test('an aborted or refused one leaves nothing', async () => {
    using scratch = scratchRepository();
    const repository = await open(scratch);
    const out = join(scratch.folder, 'trees/out');
    await expect(repository.export('nothing', out, signal)).rejects.toMatchObject({ code: 'unknown-ref' });
    await expect(repository.export('HEAD', out, AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(existsSync(join(scratch.folder, 'trees'))).toBe(false);
  });
});

test('branch is null where HEAD is detached; ignored names what git ignores', async () => {
  using scratch = scratchRepository({ '.gitignore': 'node_modules\n', 'a.txt': '1' });
  const repository = await open(scratch);
  expect(await repository.branch(signal)).toBe('main');
  expect(await repository.ignored(['node_modules', 'a.txt'], signal)).toEqual(['node_modules']);
  expect(await repository.ignored(['a.txt'], signal)).toEqual([]);
  scratch.git('checkout', '--quiet', '--detach');
  expect(await repository.branch(signal)).toBeNull();
});
