import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type JournalEntry, openJournal } from '../../src/host/journal.ts';
import { noLog } from '../../src/log.ts';
import { type Scratch, scratch } from './support.ts';

let place: Scratch;
let file: string;
beforeEach(() => {
  place = scratch();
  file = join(place.root, 'state', 'journal.json');
});
afterEach(() => place.remove());

const entry = (name: string, more: Partial<JournalEntry> = {}): JournalEntry => ({
  name,
  owner: { principal: 'os:me', repository: '/r', workingTree: '/w' },
  key: `key-${name}`,
  services: ['pricing'],
  state: 'live',
  reason: null,
  at: new Date().toISOString(),
  ...more,
});

test('what a host left as live is gone for the next one, with the reason', async () => {
  const before = await openJournal(file, noLog);
  await before.put(entry('a'));
  await before.put(entry('b'));
  await before.put({ ...entry('b'), state: 'gone', reason: { code: 'torn-down', message: 'm', next: 'n' } });
  const after = await openJournal(file, noLog);
  expect(after.entries().map(({ name, state, reason }) => [name, state, reason?.code])).toEqual([
    ['a', 'gone', 'host-died'],
    ['b', 'gone', 'torn-down'],
  ]);
});

test('what is long gone is forgotten', async () => {
  const journal = await openJournal(file, noLog);
  await journal.put(entry('old', { state: 'gone', at: '2020-01-01T00:00:00Z' }));
  await journal.put(entry('new'));
  expect(journal.entries().map(({ name }) => name)).toEqual(['new']);
});

test('a broken journal is put aside, not trusted and not lost', async () => {
  await (await openJournal(file, noLog)).put(entry('a'));
  writeFileSync(file, '{"format":1,"entries":[{');
  expect((await openJournal(file, noLog)).entries()).toEqual([]);
  expect(readFileSync(`${file}.broken`, 'utf8')).toContain('entries');
});

test('many changes at once leave the last state', async () => {
  const journal = await openJournal(file, noLog);
  await Promise.all(Array.from({ length: 50 }, (_, i) => journal.put(entry(`s${i}`))));
  expect((await openJournal(file, noLog)).entries()).toHaveLength(50);
});

test('one that is live outlasts any number of those gone', async () => {
  const journal = await openJournal(file, noLog);
  await journal.put(entry('live'));
  await Promise.all(Array.from({ length: 520 }, (_, i) => journal.put(entry(`g${i}`, { state: 'gone' }))));
  const names = journal.entries().map(({ name }) => name);
  expect(names).toHaveLength(501);
  expect(names).toContain('live');
});
