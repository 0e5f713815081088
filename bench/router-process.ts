import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startRouter } from '../src/routing/node-router.ts';
import { HopRecorder } from '../src/routing/recorder.ts';
import { type Address, RoutingTable } from '../src/routing/table.ts';

/**
 * One server of the router's benchmark, in a process of its own: `service`, `bare` (a proxy on node:http as anybody
 * would write it) or `router`. Tells its port; answers every message with the CPU seconds that it used so far.
 */
const [kind, port = '0', routes = '1', key = ''] = process.argv.slice(2);
const target: Address = { host: '127.0.0.1', port: Number(port) };

async function start(): Promise<number> {
  if (kind === 'router') return router();
  return kind === 'bare' ? bareProxy() : service();
}

function service(): Promise<number> {
  const body = JSON.stringify({ id: 'mug', price: 1250, currency: 'EUR', tags: ['kitchen', 'blue'] });
  const headers = { 'content-type': 'application/json', 'content-length': body.length, etag: 'W/"2a"' };
  return listen(createServer((_, answer) => answer.writeHead(200, headers).end(body)));
}

function bareProxy(): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  return listen(
    createServer((incoming, answer) => {
      const { method, url: path, headers } = incoming;
      const outgoing = request({ ...target, method, path, headers, agent }, (upstream) => {
        answer.writeHead(upstream.statusCode ?? 502, upstream.rawHeaders);
        upstream.pipe(answer);
      });
      outgoing.on('error', () => answer.destroy());
      incoming.pipe(outgoing);
    }),
  );
}

function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

async function router(): Promise<number> {
  const table = new RoutingTable();
  table.setFork('pricing', key, { address: target, instance: 'one', sandbox: 'pr-1' });
  for (let n = 1; n < Number(routes); n += 1) {
    table.setFork('pricing', `k${String(n).padStart(19, '0')}`, { address: target, instance: 'one' });
  }
  table.markLoaded();
  const recorder = new HopRecorder();
  const started = await startRouter({ service: 'pricing', table, recorder, baseline: () => target });
  return started.port;
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.((user + system) / 1e6);
});
process.on('disconnect', () => process.exit());
const listening = await start();
process.send?.(listening);
