import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeLock } from '../../src/host/lock.ts';
import { type Scratch, scratch } from './support.ts';

let place: Scratch;
let file: string;
beforeEach(() => {
  place = scratch();
  file = join(place.root, 'a.lock');
});
afterEach(() => place.remove());

const holder = `
import { takeLock } from ${JSON.stringify(new URL('../../src/host/lock.ts', import.meta.url).href)};
const said = takeLock(process.argv[1]) === null ? 'none' : 'held';
// Whoever takes a lock need not keep the answer to have it.
setInterval(() => {}, 1000);
setTimeout(() => {
  globalThis.gc();
  process.stdout.write(said);
}, 10);
`;

async function other() {
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', holder, file]);
  const [said] = await once(child.stdout, 'data');
  return { child, said: String(said) };
}

test('one process at a time has it, and one call within a process', async () => {
  const mine = takeLock(file);
  expect(mine).not.toBeNull();
  expect(takeLock(file)).toBeNull();
  const { child, said } = await other();
  expect(said).toBe('none');
  child.kill('SIGKILL');
  await mine?.release();
  expect(existsSync(file)).toBe(false);
});

test('it dies with its process, however that ends', async () => {
  const { child, said } = await other();
  expect(said).toBe('held');
  expect(takeLock(file)).toBeNull();
  child.kill('SIGKILL');
  await once(child, 'exit');
  const mine = takeLock(file);
  expect(mine).not.toBeNull();
  await mine?.release();
});

test('a lock whose folder is gone is not had, and no error', () => {
  expect(takeLock(join(place.root, 'no', 'a.lock'))).toBeNull();
});
