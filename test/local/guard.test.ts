import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { createGuard, type ProcessGuard } from '../../src/local/guard.ts';
import { ledgerFrom, ledgerLine } from '../../src/local/leftovers.ts';
import { groupMembers, isAlive, parseStat, processesMarked, startOf } from '../../src/local/process-table.ts';
import { noLog } from '../../src/log.ts';

interface Host {
  readonly program: ChildProcess;
  readonly mark: string;
  readonly folder: string;
  readonly cache: string;
}

const open: { dispose: () => void | Promise<void> }[] = [];
afterEach(async () => {
  for (const { dispose } of open.splice(0)) await dispose();
});

async function startHost(): Promise<Host> {
  const file = fileURLToPath(new URL('./host-program.ts', import.meta.url));
  const program = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  open.push({ dispose: () => void program.kill('SIGKILL') });
  const [line] = (await once(createInterface(program.stdout), 'line')) as [string];
  const host = { program, ...(JSON.parse(line) as Omit<Host, 'program'>) };
  open.push({ dispose: () => rmSync(host.folder, { recursive: true, force: true }) });
  return host;
}
const alive = async (mark: string) => (await processesMarked(`SEATRIAL_MARK=${mark}:`)).length;

/** The watchdog is the child of the host whose command line names it. */
async function watchdogOf(host: number): Promise<number> {
  for (const name of await readdir('/proc')) {
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent !== host) continue;
    if ((await readFile(`/proc/${name}/cmdline`, 'latin1')).includes('watchdog')) return Number(name);
  }
  throw new Error('no watchdog');
}

test('a host that is killed with -9: the watchdog ends its processes, those that left their group too, and its folders', async () => {
  const host = await startHost();
  expect(await alive(host.mark)).toBeGreaterThanOrEqual(7);
  expect(readdirSync(join(host.cache, 'work'))).toHaveLength(1);
  host.program.kill('SIGKILL');
  await expect.poll(() => alive(host.mark), { timeout: 10_000 }).toBe(0);
  await expect.poll(() => readdirSync(join(host.cache, 'work')), { timeout: 10_000 }).toEqual([]);
});

test('a host that is killed together with its watchdog: the next one sweeps by the ledger', async () => {
  const host = await startHost();
  const watchdog = await watchdogOf(host.program.pid ?? 0);
  host.program.kill('SIGSTOP');
  process.kill(watchdog, 'SIGKILL');
  host.program.kill('SIGKILL');
  await once(host.program, 'exit');
  expect(await alive(host.mark)).toBeGreaterThanOrEqual(7);
  const runtime = join(host.folder, 'runtime');
  const next = await createGuard({ pid: process.pid, execPath: process.execPath, runtime, log: noLog });
  open.push({ dispose: () => next.close() });
  expect(await alive(host.mark)).toBe(0);
  expect(readdirSync(join(host.cache, 'work'))).toEqual([]);
  expect(readdirSync(join(runtime, 'ledgers'))).toEqual([`${next.mark}.jsonl`]);
});

test('a watchdog that dies is started again and still knows what there is', async () => {
  const host = await startHost();
  const first = await watchdogOf(host.program.pid ?? 0);
  process.kill(first, 'SIGKILL');
  await expect
    .poll(() => watchdogOf(host.program.pid ?? 0).catch(() => first), { timeout: 10_000 })
    .not.toBe(first);
  expect(await alive(host.mark)).toBeGreaterThanOrEqual(7);
  host.program.kill('SIGKILL');
  await expect.poll(() => alive(host.mark), { timeout: 10_000 }).toBe(0);
});

async function guardIn(runtime: string): Promise<ProcessGuard> {
  const guard = await createGuard({ pid: process.pid, execPath: process.execPath, runtime, log: noLog });
  open.push({ dispose: () => guard.close() });
  return guard;
}

test('a sweep leaves alone what a number was used again for, and garbage', async () => {
  const runtime = mkdtempSync(join(tmpdir(), 'seatrial-guard-'));
  open.push({ dispose: () => rmSync(runtime, { recursive: true, force: true }) });
  await guardIn(runtime);
  const innocent = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  open.push({ dispose: () => void innocent.kill('SIGKILL') });
  const group = innocent.pid ?? 0;
  const dead = { kind: 'host', pid: 4_000_000, start: '1', mark: '4000000.1.aaaaaaaaaaaa' } as const;
  const text = `${ledgerLine(dead)}${ledgerLine({ kind: 'started', group, start: 'another' })}{"kind":"start`;
  writeFileSync(join(runtime, 'ledgers', 'dead.jsonl'), text);
  writeFileSync(join(runtime, 'ledgers', 'garbage.jsonl'), 'not json\n');
  await guardIn(runtime);
  expect(await groupMembers(group)).toHaveLength(1);
  expect(existsSync(join(runtime, 'ledgers', 'dead.jsonl'))).toBe(false);
  expect(existsSync(join(runtime, 'ledgers', 'garbage.jsonl'))).toBe(false);
});

test('a guard that closes takes its watchdog and its ledger with it', async () => {
  const runtime = mkdtempSync(join(tmpdir(), 'seatrial-guard-'));
  open.push({ dispose: () => rmSync(runtime, { recursive: true, force: true }) });
  const guard = await createGuard({ pid: process.pid, execPath: process.execPath, runtime, log: noLog });
  const file = join(runtime, 'ledgers', `${guard.mark}.jsonl`);
  expect(readFileSync(file, 'utf8')).toContain(guard.mark);
  await guard.close();
  expect(existsSync(file)).toBe(false);
  await expect(watchdogOf(process.pid)).rejects.toThrow('no watchdog');
});

test('a ledger is read line by line, groups that ended are out, a line that was cut off is skipped', () => {
  const text = [
    ledgerLine({ kind: 'host', pid: 1, start: '5', mark: 'mark-of-host' }),
    ledgerLine({ kind: 'started', group: 10, start: '6' }),
    ledgerLine({ kind: 'started', group: 11, start: '7' }),
    ledgerLine({ kind: 'ended', group: 10 }),
    '{"kind":"started","group":1,"start":"8"}\n{"kind":"started","group":-5,"start":"8"}\n',
    '{"kind":"folder","folder":"relative"}\n',
    '{"kind":"star',
  ].join('');
  const ledger = ledgerFrom(text);
  expect(ledger).toMatchObject({ pid: 1, start: '5', mark: 'mark-of-host' });
  expect([...(ledger?.groups ?? [])]).toEqual([[11, '7']]);
  expect([...(ledger?.folders ?? [])]).toEqual([]);
  expect(ledgerFrom('')).toBeNull();
});

test('a process is known by pid and start; a zombie does not live', async () => {
  const start = await startOf(process.pid);
  expect(await isAlive(process.pid, start ?? '')).toBe(true);
  expect(await isAlive(process.pid, 'another')).toBe(false);
  const fields = 'S 1 77 77 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 12345 1 1';
  expect(parseStat(7, `7 (a) b) ${fields}`)).toEqual({ pid: 7, group: 77, start: '12345' });
  expect(parseStat(7, `7 (a) ${fields.replace('S', 'Z')}`)).toBeNull();
  // Its leader ended, three of its threads did not: they hold its ports.
  const threads = fields.replace('S', 'Z').replace('20 0 1 0', '20 0 3 0');
  expect(parseStat(7, `7 (a) ${threads}`)).toEqual({ pid: 7, group: 77, start: '12345' });
});
