import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import { makeCase } from '../test/diff-bench/cases.ts';
import { noiseOperators } from '../test/diff-bench/noise/all.ts';
import { compareWith } from '../test/diff-bench/play.ts';
import { regressionOperators } from '../test/diff-bench/regressions/all.ts';
import { type Bars, type Measured, renderAccuracy } from '../test/diff-bench/render-report.ts';
import { type Results, run } from '../test/diff-bench/run.ts';
import { speedPairs, speedRound } from '../test/diff-bench/speed.ts';
import { quartiles } from './report.ts';

/**
 * `npm run bench:diff [-- --quick] [--seed <text>…] [--write]`: how accurate smart diff is, beside its rivals. Without
 * `--seed` on the seeds that were not tuned on. `--write` writes docs/evidence/diff-accuracy.md. Exits 1 where a bar is
 * missed.
 *
 * Whoever looks at a case of these seeds has tuned on them: after a change of `src/diff/` they give place to the next three
 * (`sixth trial a` …), which are played once. While working, use seeds of your own (`--quick --seed mine`).
 */
const heldOut = ['fifth trial a', 'fifth trial b', 'fifth trial c'];

const given = process.argv.flatMap((word, at, all) => (all[at - 1] === '--seed' ? [word] : []));
const quick = process.argv.includes('--quick');
const seeds = given.length > 0 ? given : quick ? heldOut.slice(0, 1) : heldOut;

const begun = performance.now();
const results: Results = run({
  seeds,
  perRegression: quick ? 1 : 2,
  perNoise: quick ? 1 : 2,
  mixedNoise: quick ? 150 : 200,
  morePerRegression: quick ? 0 : 6,
  moreMixedNoise: quick ? 0 : 3000,
});
const rounds = Array.from({ length: quick ? 5 : 15 }, () => null);
const pairs = speedPairs('speed');
speedRound(pairs, true);
const speed = rounds.map((_, at) => speedRound(pairs, at % 2 === 0));
const ratio = quartiles(speed.map(({ oursMs, theirsMs }) => oursMs / theirsMs));
const memory = JSON.parse(
  (await promisify(execFile)(process.execPath, [new URL('diff-memory.ts', import.meta.url).pathname])).stdout,
) as Measured['memory'];
const measured: Measured = {
  seeds,
  heldOut: given.length === 0,
  machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.version}`,
  seconds: (performance.now() - begun) / 1000,
  operators: regressionOperators.length,
  noises: noiseOperators.length,
  ratio,
  pairs: pairs.length,
  rounds: speed.length,
  memory,
  identical: identical(),
};
const { text, bars }: { text: string; bars: Bars } = renderAccuracy(results, measured);
process.stdout.write(text);
if (process.argv.includes('--write'))
  writeFileSync(new URL('../docs/evidence/diff-accuracy.md', import.meta.url), text);
const missed = bars.filter(({ met }) => !met);
for (const { what, is } of missed) process.stderr.write(`Bar missed: ${what}: ${is}.\n`);
if (missed.length > 0) process.exitCode = 1;

/** The same captures twice, byte for byte. */
function identical(): boolean {
  return regressionOperators.every((operator) => {
    const [one, other] = [1, 2].map(() => makeCase({ seed: `identical ${operator.name}`, operator }));
    if (one === undefined || one === null || other === undefined || other === null) return true;
    return JSON.stringify(compareWith(one, 4, false)) === JSON.stringify(compareWith(other, 4, false));
  });
}
