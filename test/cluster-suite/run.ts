import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKubeconfig } from './support/kubeconfig.ts';

/**
 * `npm run test:cluster [-- --all] [files or vitest's own flags]`: the tests that need a cluster, on the cluster of
 * KUBECONFIG, else on the one that `npm run cluster:up` made. Any disposable cluster will do.
 */
const args = process.argv.slice(2);
const found = findKubeconfig(process.env);
if (found.kind === 'missing') {
  process.stderr.write(`${found.message}\n`);
  process.exit(4);
}
const folder = mkdtempSync(join(tmpdir(), 'seatrial-suite-'));
const notRun = join(folder, 'not-run');
const root = join(import.meta.dirname, '../..');
const { status, error } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--config',
    join(import.meta.dirname, 'vitest.config.ts'),
    ...args.filter((arg) => arg !== '--all'),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      KUBECONFIG: found.file,
      SEATRIAL_CLUSTER_ALL: args.includes('--all') ? '1' : '0',
      SEATRIAL_SUITE_NOT_RUN: notRun,
    },
  },
);
if (error !== undefined) process.stderr.write(`${error.message}\n`);
let names = '';
try {
  names = readFileSync(notRun, 'utf8');
} catch {
  // Every test ran.
}
if (names !== '') process.stdout.write(`\nnot run, as they need the node of a cluster:up cluster:\n${names}`);
rmSync(folder, { recursive: true, force: true });
process.exit(status ?? 1);
