import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeatrialError } from '../../src/errors.ts';
import { runHost } from '../../src/host/main.ts';
import type { HostService } from '../../src/host/server.ts';
import { createLog } from '../../src/log.ts';

/**
 * A host whose service holds no engine: for the tests of socket, lock, start and life. `logs` answers with lines that
 * say what it saw; its argument `service` chooses how it behaves.
 */
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());

const { TEST_HOSTS: hosts, TEST_VERSION: version = '1.0.0', TEST_SANDBOXES: sandboxes = '0' } = process.env;
if (process.env.TEST_BROKEN_START !== undefined) {
  process.stderr.write('the disk of this host is on fire\n');
  process.exit(7);
}

const unused = () => Promise.reject(new Error('not in this test'));
let running = 0;
const service: HostService = {
  provision: unused,
  inspect: unused,
  runPlan: unused,
  smartDiff: unused,
  teardown: unused,
  readRun: unused,
  async logs({ service: what, tail }, call) {
    if (what === 'env') return { lines: [call.env.TEST_SECRET ?? ''] };
    if (what === 'defect') throw new Error('a defect');
    if (what === 'refuse') throw new SeatrialError('unknown-service', { what: 'No such.', next: 'Look.' });
    if (what === 'count') return { lines: [String(running)] };
    running += 1;
    try {
      for (let i = 0; i < tail && !call.signal.aborted; i += 1) {
        call.progress({ message: `step ${i}`, done: 0 });
        await sleep(20);
      }
    } finally {
      running -= 1;
    }
    return { lines: [String(process.pid)] };
  },
};

const code = await runHost({
  commonDir: process.argv[process.argv.indexOf('--repository') + 1] ?? '',
  env: process.env,
  version,
  pid: process.pid,
  stop: stop.signal,
  log: createLog((line) => process.stderr.write(line)),
  async createService() {
    if (hosts !== undefined) {
      mkdirSync(hosts, { recursive: true });
      writeFileSync(join(hosts, String(process.pid)), '');
    }
    return { service, serves: () => ({ sandboxes: Number(sandboxes), runs: 0 }), close: async () => {} };
  },
});
process.exit(code);
