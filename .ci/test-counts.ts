import { readFileSync } from 'node:fs';

/**
 * `<passed> <failed>` from vitest's JSON report. A file that did not load, an uncaught error, a missing report or a
 * skipped test counts as failed: nothing that was not seen to pass may look so.
 */
interface Report {
  readonly numPassedTests: number;
  readonly numTotalTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

const [file = '', exitCode = '1'] = process.argv.slice(2);
let passed = 0;
let failed = 0;
try {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  passed = report.numPassedTests;
  failed = report.numTotalTests - report.numPassedTests;
  failed += report.testResults.filter(
    (one) => one.status === 'failed' && one.assertionResults.length === 0,
  ).length;
} catch {
  failed = 1;
}
if (failed === 0 && (exitCode !== '0' || passed === 0)) failed = 1;
process.stdout.write(`${passed} ${failed}\n`);
