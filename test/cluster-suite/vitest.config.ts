import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './support/longest-first.ts';

const report = process.env.SEATRIAL_TEST_REPORT;
const all = process.env.SEATRIAL_CLUSTER_ALL === '1';

/** Tests of Helm need a Helm: ten minutes of building, unless one is named. */
const withHelm = (process.env.SEATRIAL_HELM ?? '') !== '';
const long = withHelm ? 'test/cluster-suite/!(helm)/**/*.long.test.ts' : '**/*.long.test.ts';

/** Tests on a real cluster; `npm run test:cluster` starts them. Files ending in `.long.test.ts` run with `--all` only. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['test/cluster-suite/**/*.test.ts'],
    exclude: all ? [] : [long],
    globalSetup: ['test/support/build.ts', 'test/cluster-suite/support/whole-run.ts'],
    testTimeout: 120_000,
    hookTimeout: 420_000,
    reporters: report === undefined ? ['verbose'] : ['verbose', ['json', { outputFile: report }]],
    // A busy machine is slow, not wrong: one second, the default, was missed there.
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    // Files have namespaces of their own, and mostly wait. Some long ones stop what all share: the API server.
    fileParallelism: !all,
    maxWorkers: all ? 1 : 2,
    sequence: { sequencer: LongestFirst },
  },
});
