import { openKube } from '../../../src/kube/client.ts';
import { createLog } from '../../../src/log.ts';
import { runController } from '../../../src/operator/controller/run-controller.ts';
import { stubAgents } from './stub-agents.ts';

/**
 * A controller of its own process, to be killed: `program.ts <namespaces> <system namespace> <health port>`. The real
 * one but for two ports: routers say that they have what they should have, and Services are enrolled beforehand, so
 * that no pod has to be reached from here and the tests are about the controller alone.
 */
const [namespaces = '', systemNamespace = '', healthPort = '0'] = process.argv.slice(2);
const kube = openKube({ userAgent: 'seatrial-controller/test' });
const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort());
const names = namespaces.split(',');
await runController(
  {
    kube,
    systemNamespace,
    identity: `test-${process.pid}`,
    namespaces: names,
    createEnrolment: () => ({
      ensure: async (_, services) => services.map((service) => ({ service, kind: 'enrolled' as const })),
      run: (signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
    }),
    agents: stubAgents(kube, names, stop.signal),
    log: createLog((line) => process.stderr.write(line)),
    healthPort: Number(healthPort),
    electionTimes: { leaseMs: 4_000, renewWithinMs: 3_000, retryMs: 500 },
  },
  stop.signal,
);
kube.close();
process.exit();
