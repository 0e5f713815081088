import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { loadFaults } from '../../src/cli/demo/fault.ts';
import { findLeftovers } from '../../src/cli/demo/leftovers.ts';
import { repositoryRoot } from '../shop/start-shop.ts';
import { outcome, seatrial, start } from '../support/binary.ts';

const place = {
  cwd: repositoryRoot,
  env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', TMPDIR: tmpdir() },
};
const faults = await loadFaults(repositoryRoot);
const scratchFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('seatrial-demo-'));

describe('the demo', () => {
  test.each(faults.map((fault) => [fault.name, fault] as const))(
    'catches %s by name, proves the mended code, and leaves nothing',
    async (name, { expect: { rule, place: at } }) => {
      const { code, stdout, stderr } = await seatrial(['demo', '--fault', name], place);
      expect(stderr).toBe('');
      expect(stdout).toContain(`breaking ${rule} at ${at} of `);
      expect(stdout).toMatch(/✗ \S+: FAILED[\s\S]*✓ \S+: PASSED/);
      expect(stdout).toMatch(/0 processes, 0 of 5 ports, 0 folders/);
      expect(code).toBe(0);
    },
  );

  test('lists its ten faults, and says so where there is no such', async () => {
    const list = await seatrial(['demo', '--list-faults'], place);
    expect(list.code).toBe(0);
    expect(list.stdout.trim().split('\n')).toHaveLength(10);
    const none = await seatrial(['demo', '--fault', 'nonesuch'], place);
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/Error invalid-argument: .*nonesuch[\s\S]*Next: .*renamed-field/);
  });

  test('says so where it knows no such engine, and where no kubeconfig leads to a cluster', async () => {
    const engine = await seatrial(['demo', '--engine', 'docker'], place);
    expect(engine.code).toBe(2);
    expect(engine.stderr).toMatch(/Error invalid-argument: .*no engine "docker"/);
    const none = await seatrial(['demo', '--engine=kubernetes'], {
      ...place,
      env: { ...place.env, KUBECONFIG: '/nonesuch' },
    });
    expect(none.code).toBe(4);
    expect(none.stderr).toMatch(/^Error no-context: [^\n]+\nNext: /);
    expect(none.stdout).toBe('');
  });

  test('leaves nothing when it is stopped in the middle', async () => {
    const before = new Set(scratchFolders());
    const child = start(['demo', '--fault', 'wrong-unit'], place);
    const ended = outcome(child);
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += chunk;
    });
    while (!text.includes('provision_sandbox')) await sleep(20);
    const [mine = 'none'] = scratchFolders().filter((name) => !before.has(name));
    child.kill('SIGINT');
    expect((await ended).code).toBe(4);
    expect(scratchFolders()).not.toContain(mine);
    expect(await findLeftovers(mine, [], process.pid, 5)).toEqual({ processes: [], ports: [] });
  });
});
