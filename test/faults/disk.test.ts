import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { hostFolders } from '../../src/host/folders.ts';
import { textOf } from '../support/clients.ts';
import { clearError } from './agent.ts';
import { type FullDisk, gitOnFullDisk, mountDisk } from './disk.ts';
import { openWorld, until, type World } from './world.ts';

let world: World;
let disk: FullDisk | null = null;
afterEach(async () => {
  if (disk !== null) {
    await world.agent.call('teardown', { all: true });
    await until('the end of the host', () => world.host() === 0);
    expect(world.snapshots()).toEqual([]);
    disk.remove();
    disk = null;
  }
  await world.end();
});

const change = () => world.edit('price/server.mjs', 'cents: 1250', 'cents: 1400');
const folders = () => hostFolders(join(world.scratch.root, '.git'), world.place.env);

/** While the disk is full: disk-full with the next step, the witness serves; with room again the same call works. */
async function meetsFullDisk(full: FullDisk): Promise<void> {
  disk = full;
  await world.witness();
  change();
  world.scratch.write('price/large.txt', 'x'.repeat(300_000));
  full.fill();
  const args = { name: 'full', wait_seconds: 60 };
  const result = await world.agent.client.callTool({ name: 'provision_sandbox', arguments: args });
  const text = textOf(result);
  // Full before git could note the tree: an error. Full when the snapshot is written: a failed sandbox.
  if (result.isError === true) expect(clearError(text).code).toBe('disk-full');
  else expect(result.structuredContent).toMatchObject({ state: 'failed', reason: { code: 'disk-full' } });
  expect(text).toMatch(/(Next|To mend it): .*SEATRIAL_HOME/);
  await world.holds();
  full.empty();
  expect(await world.agent.done('provision_sandbox', { name: 'full' })).toMatchObject({ state: 'ready' });
  expect(await world.agent.call('teardown', { sandbox: 'full' })).toMatchObject({ left: [] });
  await world.settled();
}

describe('the disk is full', () => {
  test('where the cache is: disk-full, the witness serves, and with room again the same call works', async () => {
    world = await openWorld();
    const mounted = mountDisk(folders().cache, 24);
    // Who may not mount meets the full disk where snapshots are written alone.
    if (mounted !== null) return await meetsFullDisk(mounted);
    await world.end();
    await openOnFullGit();
  });

  test('for git alone, when it writes a snapshot: the same', async () => {
    await openOnFullGit();
  });

  async function openOnFullGit(): Promise<void> {
    const programs = mkdtempSync(join(tmpdir(), 'seatrial-git-'));
    onTestFinished(() => rmSync(programs, { recursive: true, force: true }));
    const full = gitOnFullDisk(programs);
    world = await openWorld({}, { PATH: full.path + process.env.PATH });
    await meetsFullDisk(full);
  }

  test('where the journal is: disk-full, no key is handed out, and the witness serves', async () => {
    world = await openWorld();
    await world.witness();
    change();
    symlinkSync('/dev/full', `${folders().journal}.new`);
    expect(await world.agent.refused('provision_sandbox', { name: 'full' })).toMatchObject({
      code: 'disk-full',
    });
    expect((await world.agent.call('inspect_sandbox')).sandboxes).toMatchObject([{ sandbox: 'witness' }]);
    await world.holds();
    unlinkSync(`${folders().journal}.new`);
    expect(await world.agent.done('provision_sandbox', { name: 'full' })).toMatchObject({ state: 'ready' });
  });
});

describe('SEATRIAL_HOME', () => {
  test('that cannot be used: one clear error that names it', async () => {
    world = await openWorld();
    const inside = (path: string) => join(world.scratch.folder, path);
    writeFileSync(inside('file'), '');
    symlinkSync('/nowhere/at/all', inside('dangling'));
    // Not even root may write below /sys/kernel.
    const homes = [inside('file'), inside('file/below'), inside('dangling'), '/sys/kernel'];
    for (const home of homes) {
      const agent = await world.connect(world.scratch.root, { SEATRIAL_HOME: home });
      for (const tool of ['inspect_sandbox', 'provision_sandbox', 'list_plans']) {
        const { code, text } = await agent.refused(tool);
        expect(code, text).toBe('host-unreachable');
        expect(text).toMatch(/Next: .*SEATRIAL_HOME/);
        expect(text).toContain(dirname(home));
      }
      await agent.close();
    }
  });
});
