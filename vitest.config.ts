import { defineConfig } from 'vitest/config';

const report = process.env.SEATRIAL_TEST_REPORT;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need a cluster: `npm run test:cluster`.
    exclude: ['test/cluster-suite/**'],
    globalSetup: ['test/support/build.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // .ci/run counts from a report: npm cit hands no arguments on.
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    // A busy machine is slow, not wrong: one second, the default, was missed there.
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    maxWorkers: 2,
  },
});
