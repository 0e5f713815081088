import { readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';

/**
 * `<passed> <failed>` from vitest's JSON report, and on stderr what failed, with why. A file that did not load, an
 * uncaught error, a missing report or a skipped test counts as failed: nothing that was not seen to pass may look so.
 */
interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly TestFile[];
}

interface TestFile {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly {
    readonly status: string;
    readonly fullName: string;
    readonly failureMessages: readonly string[];
  }[];
}

/** Lines of one reason: a stack's first frames say where it was. */
const REASON_LINES = 12;

function reason(text: string): string {
  return text
    .split('\n')
    .slice(0, REASON_LINES)
    .map((line) => `      ${line}`)
    .join('\n');
}

function* failures(files: readonly TestFile[]): Generator<string> {
  for (const file of files) {
    const name = relative(process.cwd(), file.name);
    if (file.status === 'failed' && file.assertionResults.length === 0) {
      yield `FAIL  ${name}\n${reason(file.message)}`;
    }
    for (const test of file.assertionResults) {
      if (test.status === 'passed') continue;
      yield `FAIL  ${name} > ${test.fullName} (${test.status})\n${reason(test.failureMessages.join('\n'))}`;
    }
  }
}

const [file = '', exitCode = '1'] = process.argv.slice(2);
let passed = 0;
let failed = 0;
try {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  passed = report.numPassedTests;
  const lines = [...failures(report.testResults)];
  failed = lines.length;
  for (const line of lines) process.stderr.write(`${line}\n`);
} catch (error) {
  failed = 1;
  process.stderr.write(`FAIL  no report in ${basename(file)}: ${String(error)}\n`);
}
if (failed === 0 && (exitCode !== '0' || passed === 0)) {
  failed = 1;
  process.stderr.write(
    `FAIL  ${passed} tests passed and none failed, but vitest ended with ${exitCode}: an error outside of tests, in its output above\n`,
  );
}
process.stdout.write(`${passed} ${failed}\n`);
