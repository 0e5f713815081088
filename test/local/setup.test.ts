import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { isPureInstall } from '../../src/local/pure-install.ts';
import { baselineSide } from '../../src/sandbox/sandbox.ts';
import { scratchRepository } from '../support/scratch-repository.ts';
import { type LocalLab, localLab, service } from './lab.ts';

/** Stands for npm: counts its runs, and makes what the lockfile says. Like `npm ci` it empties node_modules first. */
const npm = `#!/bin/sh
echo run >> "$HOME/npm-runs"
mkdir -p node_modules && rm -rf node_modules/*
mkdir -p node_modules/dep && cp package-lock.json node_modules/dep/value.json
`;
/** Answers with what setup made. */
const server = `
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
const read = (path) => existsSync(path) ? readFileSync(path, 'utf8') : 'none';
createServer((request, response) => response.end([read('node_modules/dep/value.json'), read('built.txt'), read('code.txt')].join(' ')))
  .listen(Number(process.env.PORT), '127.0.0.1');
`;
const files = {
  '.gitignore': 'node_modules\n',
  'package.json': '{}',
  'package-lock.json': '{"v":1}',
  'a/server.mjs': server,
  'code.txt': 'one',
};

let lab: LocalLab;
const runs = () => {
  const file = join(lab.scratch.folder, 'npm-runs');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
};
afterEach(async () => await lab?.close());

describe('setup', () => {
  test('that only installs is kept by lockfile: a change of code does not install again', async () => {
    lab = await localLab(files, [service('a', { setup: 'npm ci' })], { programs: { npm } });
    expect(await lab.ask('a', baselineSide)).toBe('{"v":1} none one');
    await lab.provision('one', [await lab.fork('a', { 'code.txt': 'two' })]);
    expect(await lab.ask('a', 'one')).toBe('{"v":1} none two');
    expect(runs()).toBe(1);
    await lab.provision('two', [await lab.fork('a', { 'package-lock.json': '{"v":2}' })]);
    expect(await lab.ask('a', 'two')).toBe('{"v":2} none one');
    expect(runs()).toBe(2);
  });

  test('that builds never shows the result of other code, though the lockfile is the same', async () => {
    lab = await localLab(files, [service('a', { setup: 'npm ci && cp code.txt built.txt' })], {
      programs: { npm },
    });
    expect(await lab.ask('a', baselineSide)).toBe('{"v":1} one one');
    await lab.provision('one', [await lab.fork('a', { 'code.txt': 'two' })]);
    expect(await lab.ask('a', 'one')).toBe('{"v":1} two two');
    await lab.provision('same', [await lab.fork('a', { 'code.txt': 'two' })]);
    expect(await lab.ask('a', 'same')).toBe('{"v":1} two two');
    expect(runs()).toBe(2);
  });

  test('whose manifest has a script of its own is kept by the whole tree', async () => {
    const own = { ...files, 'package.json': '{"scripts":{"prepare":"build"}}' };
    lab = await localLab(own, [service('a', { setup: 'npm ci' })], { programs: { npm } });
    await lab.ask('a', baselineSide);
    await lab.provision('one', [await lab.fork('a', { 'code.txt': 'two' })]);
    expect(runs()).toBe(2);
  });

  test('whose result names its folder is not kept, as it would lead into another snapshot', async () => {
    const naming = npm.replace('cp package-lock.json', 'pwd > node_modules/dep/where; cp package-lock.json');
    lab = await localLab(files, [service('a', { setup: 'npm ci' })], { programs: { npm: naming } });
    await lab.ask('a', baselineSide);
    await lab.provision('one', [await lab.fork('a', { 'code.txt': 'two' })]);
    expect(runs()).toBe(2);
  });

  test('that fails: setup-failed with its last lines, in no time', async () => {
    lab = await localLab(files, [service('a')]);
    await lab.ask('a', baselineSide);
    lab.config = { ...lab.config, services: { a: service('a', { setup: 'echo cannot resolve; exit 4' }) } };
    const sandbox = await lab.provision('one', [await lab.fork('a')]);
    expect(sandbox).toMatchObject({ state: 'failed', reason: { code: 'setup-failed' } });
    expect(sandbox.forks[0]).toMatchObject({ reason: 'setup-failed' });
    expect(sandbox.forks[0]?.logTail.join('\n')).toContain('cannot resolve');
  });

  test('is ended with its children when the sandbox is torn down meanwhile', async () => {
    lab = await localLab(files, [service('a')]);
    await lab.ask('a', baselineSide);
    lab.config = {
      ...lab.config,
      services: { a: service('a', { setup: 'touch started; sleep 1000 & sleep 1000' }) },
    };
    const fork = await lab.fork('a');
    const never = new AbortController().signal;
    await lab.engine.provision({ name: 'one', owner: lab.owner, leaseSeconds: 60, forks: [fork] }, never);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await lab.engine.teardown('one', never)).left).toEqual([]);
  });
});

describe('link', () => {
  test('shares an ignored folder of the working tree', async () => {
    const scratch = scratchRepository(files);
    mkdirSync(join(scratch.root, 'node_modules/dep'), { recursive: true });
    writeFileSync(join(scratch.root, 'node_modules/dep/value.json'), 'mine');
    lab = await localLab(files, [service('a', { link: ['node_modules'] })], { scratch });
    expect(await lab.ask('a', baselineSide)).toBe('mine none one');
  });

  test('never lets `npm ci` empty the node_modules of the user', async () => {
    const scratch = scratchRepository(files);
    mkdirSync(join(scratch.root, 'node_modules/dep'), { recursive: true });
    writeFileSync(join(scratch.root, 'node_modules/dep/value.json'), 'mine');
    const both = service('a', { link: ['node_modules'], setup: 'npm ci' });
    lab = await localLab(files, [both], { scratch, programs: { npm } });
    expect(await lab.ask('a', baselineSide)).toBe('{"v":1} none one');
    expect(readFileSync(join(scratch.root, 'node_modules/dep/value.json'), 'utf8')).toBe('mine');
  });

  test.each([
    ['../outside', 'out-of-root'],
    ['/etc', 'out-of-root'],
    ['.', 'out-of-root'],
    ['.git', 'invalid-config'],
    ['code.txt', 'invalid-config'],
    ['leads/node_modules', 'out-of-root'],
  ])('refuses %s: %s', async (path, code) => {
    const scratch = scratchRepository(files);
    mkdirSync(join(scratch.folder, 'outside/node_modules'), { recursive: true });
    symlinkSync('../outside', join(scratch.root, 'leads'));
    lab = await localLab(files, [service('a', { link: [path] })], { scratch });
    await expect(lab.ask('a', baselineSide)).rejects.toMatchObject({ code });
    expect(lstatSync(join(scratch.folder, 'outside')).isDirectory()).toBe(true);
  });

  test('of what is not there is a line in the log, not an error', async () => {
    lab = await localLab(files, [service('a', { link: ['node_modules'] })]);
    expect(await lab.ask('a', baselineSide)).toBe('none none one');
    expect((await lab.engine.logs(null, 'a', 5, new AbortController().signal)).join()).toContain(
      'node_modules',
    );
  });
});

test.each([
  ['npm ci', '{}', true],
  ['npm ci --no-audit --no-fund', '{"dependencies":{"a":"^1","b":"~1.2.3"}}', true],
  ['yarn install --frozen-lockfile', '{}', true],
  ['npm ci && npm run build', '{}', false],
  ['npm ci --prefix other', '{}', false],
  ['npm install left-pad', '{}', false],
  ['make', '{}', false],
  ['npm ci; ./build', '{}', false],
  ['npm ci', '{"scripts":{"postinstall":"node build.js"}}', false],
  ['npm ci', '{"dependencies":{"own":"file:lib"}}', false],
  ['npm ci', '{"overrides":{"x":{"y":"file:../lib"}}}', false],
  ['npm ci', 'no json', false],
])('%s with manifest %s is a pure install: %s', (command, text, pure) => {
  const inputs = [
    { path: 'package.json', text },
    { path: 'package-lock.json', text: '{}' },
  ];
  expect(isPureInstall(command, inputs)).toBe(pure);
});
