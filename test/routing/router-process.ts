import { startRouter } from '../../src/routing/node-router.ts';
import { HopRecorder } from '../../src/routing/recorder.ts';
import { RoutingTable } from '../../src/routing/table.ts';

/** A router whose parent asks for the most bytes that its buffers ever took. Tells its port first. */
const { FORK_PORT, KEY = '' } = process.env;
const table = new RoutingTable();
table.setFork('pricing', KEY, { address: { host: '127.0.0.1', port: Number(FORK_PORT) }, instance: 'one' });
table.markLoaded();

let peak = 0;
setInterval(() => {
  // What garbage collection has not got to yet is not what the router holds.
  globalThis.gc?.();
  peak = Math.max(peak, process.memoryUsage().arrayBuffers);
}, 5);
process.on('message', () => process.send?.(peak));
process.on('disconnect', () => process.exit());

const recorder = new HopRecorder();
const router = await startRouter({ service: 'pricing', table, recorder, baseline: () => null });
process.send?.(router.port);
