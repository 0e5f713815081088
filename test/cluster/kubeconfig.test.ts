import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findKubeconfig } from '../cluster-suite/support/kubeconfig.ts';

test('npm run test:cluster finds the cluster that npm run cluster:up makes, by no variable', () => {
  const home = mkdtempSync(join(tmpdir(), 'seatrial-home-'));
  try {
    const env = { HOME: home, PATH: process.env.PATH, SEATRIAL_KIND: home };
    const state = execFileSync(
      'bash',
      ['-c', `. ${join(import.meta.dirname, 'lib.sh')}; printf %s "$STATE"`],
      {
        env,
        encoding: 'utf8',
      },
    );
    expect(findKubeconfig(env)).toMatchObject({ kind: 'missing' });
    mkdirSync(state, { recursive: true });
    writeFileSync(join(state, 'admin.kubeconfig'), '');
    expect(findKubeconfig(env)).toEqual({ kind: 'found', file: join(state, 'admin.kubeconfig') });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
