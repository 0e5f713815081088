import { clusterProvisionBenchmark } from './cluster-provision.ts';
import { clusterRestBenchmark } from './cluster-rest.ts';
import { clusterRouterBenchmark } from './cluster-router.ts';
import { clusterServiceBenchmark } from './cluster-service.ts';
import { machine } from './machine.ts';
import { type Benchmark, renderReport } from './report.ts';
import { routerBenchmark } from './router.ts';
import { sandboxBenchmark } from './sandbox.ts';
import { serverStartBenchmark } from './server-start.ts';

/** `npm run bench [-- name…]`: all benchmarks, or those named. Exits 1 where a bar is missed. */
const benchmarks: readonly Benchmark[] = [
  serverStartBenchmark,
  routerBenchmark,
  clusterRouterBenchmark,
  clusterServiceBenchmark,
  sandboxBenchmark,
  clusterProvisionBenchmark,
  clusterRestBenchmark,
];

const names = process.argv.slice(2);
const unknown = names.filter((name) => !benchmarks.some((one) => one.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `No benchmark ${unknown.join(', ')}. There are: ${benchmarks.map((one) => one.name).join(', ')}.\n`,
  );
  process.exit(2);
}
for (const benchmark of benchmarks.filter(({ name }) => names.length === 0 || names.includes(name))) {
  process.stdout.write(`On ${machine()}.\n\n`);
  const report = await benchmark.run();
  process.stdout.write(`${renderReport(report)}\n`);
  if (report.bars.some(({ met }) => !met)) process.exitCode = 1;
}
