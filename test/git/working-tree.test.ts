import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openRepository, type Repository } from '../../src/git/repository.ts';
import { fingerprint, type Scratch, scratchRepository } from '../support/scratch-repository.ts';

const signal = new AbortController().signal;

function open(scratch: Scratch, folder = scratch.root): Promise<Repository> {
  return openRepository(folder, { objects: join(scratch.folder, 'objects'), env: scratch.env }, signal);
}

/** The tree that git itself would commit. */
function committed(scratch: Scratch): string {
  scratch.git('add', '--all');
  scratch.git('commit', '--quiet', '--allow-empty', '--message=next');
  return scratch.git('rev-parse', 'HEAD^{tree}');
}

describe('the tree of the working tree', () => {
  test('is the tree that `git add --all` and a commit would give, untracked and removed files included', async () => {
    using scratch = scratchRepository({ 'a.txt': 'one', 'gone.txt': 'x', '.gitignore': 'ignored/\n' });
    scratch.write('a.txt', 'two');
    scratch.write('new/deep/file name.txt', 'new');
    scratch.write('line\nend.txt', 'odd');
    scratch.write('ümlaut.txt', 'odd');
    scratch.write('ignored/x.txt', 'no');
    scratch.git('rm', '--quiet', '--cached', 'gone.txt');
    symlinkSync('a.txt', join(scratch.root, 'link'));
    const tree = await (await open(scratch)).workingTree(signal);
    expect(tree).toBe(committed(scratch));
  });

  test('leaves .git byte for byte, and runs no hook and no file monitor', async () => {
    using scratch = scratchRepository();
    const mark = join(scratch.folder, 'mark');
    for (const hook of ['post-index-change', 'post-checkout', 'pre-commit', 'fsmonitor']) {
      const file = join(scratch.root, '.git/hooks', hook);
      mkdirSync(join(scratch.root, '.git/hooks'), { recursive: true });
      writeFileSync(file, `#!/bin/sh\necho ${hook} >> '${mark}'\n`);
      chmodSync(file, 0o755);
    }
    scratch.git('config', 'core.fsmonitor', join(scratch.root, '.git/hooks/fsmonitor'));
    scratch.git('config', 'core.splitIndex', 'true');
    scratch.git('config', 'core.untrackedCache', 'true');
    scratch.write('staged.txt', 'staged');
    scratch.git('add', 'staged.txt');
    expect(existsSync(mark)).toBe(true);
    rmSync(mark);
    scratch.write('a.txt', 'changed');
    scratch.write('untracked.txt', 'new');
    const before = fingerprint(join(scratch.root, '.git'));
    const repository = await open(scratch);
    const tree = await repository.workingTree(signal);
    await repository.export(tree, join(scratch.folder, 'out'), signal);
    await repository.changedFiles('HEAD', tree, signal);
    await repository.readFile(tree, 'untracked.txt', signal);
    await repository.baselineCommit('auto', signal);
    expect(fingerprint(join(scratch.root, '.git'))).toBe(before);
    expect(existsSync(mark)).toBe(false);
  });

  test('sees an edit of equal length in the same instant as the index was written', async () => {
    using scratch = scratchRepository({ 'a.txt': 'aaaa' });
    const repository = await open(scratch);
    for (let round = 0; round < 20; round++) {
      scratch.write('a.txt', `r${String(round).padStart(3, '0')}`);
      scratch.git('add', 'a.txt');
      scratch.write('a.txt', `s${String(round).padStart(3, '0')}`);
      const tree = await repository.workingTree(signal);
      expect(await repository.readFile(tree, 'a.txt', signal)).toBe(`s${String(round).padStart(3, '0')}`);
    }
  });

  test('sees edits of files that are marked assume-unchanged or skip-worktree', async () => {
    using scratch = scratchRepository({ 'a.txt': 'one', 'b.txt': 'one', 'c.txt': 'one' });
    scratch.git('update-index', '--assume-unchanged', 'a.txt');
    scratch.git('update-index', '--skip-worktree', 'b.txt', 'c.txt');
    scratch.write('a.txt', 'two');
    scratch.write('b.txt', 'two');
    rmSync(join(scratch.root, 'c.txt'));
    const repository = await open(scratch);
    const tree = await repository.workingTree(signal);
    expect(await repository.changedFiles('HEAD', tree, signal)).toEqual(['a.txt', 'b.txt']);
  });

  test('keeps files that a sparse checkout left out', async () => {
    using scratch = scratchRepository({ 'in/a.txt': 'one', 'out/b.txt': 'one' });
    scratch.git('sparse-checkout', 'set', '--sparse-index', 'in');
    scratch.write('in/a.txt', 'two');
    const repository = await open(scratch);
    const tree = await repository.workingTree(signal);
    expect(await repository.changedFiles('HEAD', tree, signal)).toEqual(['in/a.txt']);
  });

  test('works before the first commit, and in a folder inside the working tree', async () => {
    using scratch = scratchRepository({});
    scratch.write('deep/a.txt', 'one');
    const repository = await open(scratch, join(scratch.root, 'deep'));
    expect(repository.root).toBe(scratch.root);
    expect(await repository.workingTree(signal)).toBe(committed(scratch));
  });

  test('is refused with merge-conflict while files are unmerged, and names them', async () => {
    using scratch = scratchRepository({ 'a.txt': 'one\n' });
    scratch.git('checkout', '--quiet', '-b', 'other');
    scratch.write('a.txt', 'two\n');
    committed(scratch);
    scratch.git('checkout', '--quiet', 'main');
    scratch.write('a.txt', 'three\n');
    committed(scratch);
    expect(() => scratch.git('merge', 'other')).toThrow();
    await expect((await open(scratch)).workingTree(signal)).rejects.toMatchObject({
      code: 'merge-conflict',
      message: 'One file is unmerged: "a.txt".',
    });
  });

  test('is refused where a submodule holds changes that no tree can record', async () => {
    using inner = scratchRepository({ 'x.txt': 'one' });
    using scratch = scratchRepository();
    scratch.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.root, 'sub dir');
    committed(scratch);
    const repository = await open(scratch);
    expect(await repository.workingTree(signal)).toBe(scratch.git('rev-parse', 'HEAD^{tree}'));
    scratch.write('sub dir/x.txt', 'two');
    await expect(repository.workingTree(signal)).rejects.toMatchObject({
      code: 'git-failed',
      message: expect.stringContaining('"sub dir"'),
    });
  });

  test('is not misled by the GIT_ variables of a hook that started us', async () => {
    using scratch = scratchRepository();
    using other = scratchRepository({ 'other.txt': 'x' });
    scratch.write('a.txt', 'two');
    const env = {
      ...scratch.env,
      GIT_DIR: join(other.root, '.git'),
      GIT_WORK_TREE: other.root,
      GIT_INDEX_FILE: join(other.root, '.git/index'),
      GIT_OBJECT_DIRECTORY: join(other.root, '.git/objects'),
      GIT_COMMON_DIR: join(other.root, '.git'),
      GIT_NAMESPACE: 'x',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_CONFIG_PARAMETERS: "'core.bare=true'",
    };
    const options = { objects: join(scratch.folder, 'objects'), env };
    const repository = await openRepository(scratch.root, options, signal);
    expect(repository.root).toBe(scratch.root);
    expect(await repository.workingTree(signal)).toBe(committed(scratch));
  });

  test('works where the repository lies in a path with a colon, a quote and a line end', async () => {
    using scratch = scratchRepository();
    const odd = join(scratch.folder, 'a:b "c\nd');
    scratch.git('clone', '--quiet', scratch.root, odd);
    writeFileSync(join(odd, 'new.txt'), 'x');
    const repository = await open(scratch, odd);
    expect(repository.root).toBe(odd);
    const tree = await repository.workingTree(signal);
    expect(await repository.changedFiles('HEAD', tree, signal)).toEqual(['new.txt']);
  });

  test('ends with the AbortError of its signal', async () => {
    using scratch = scratchRepository();
    const repository = await open(scratch);
    await expect(repository.workingTree(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});
