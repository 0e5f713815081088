import { z } from 'zod';
import type { Cluster } from '../support/cluster.ts';

/** How often which answer came: `200 baseline`, `503 fork-not-ready`, `ECONNREFUSED`. */
export type Seen = Readonly<Record<string, number>>;

/** Requests one after the other, each on a new connection, as long as the file RUN is there or COUNT of them; prints what came. */
const program = `
const http = require('node:http');
const { existsSync } = require('node:fs');
const { ADDRESS, KEY, COUNT, RUN } = process.env;
const seen = {};
const note = (what) => { seen[what] = (seen[what] ?? 0) + 1; };
const headers = KEY ? { baggage: 'seatrial=' + KEY } : {};
const one = () => new Promise((done) => {
  http.get({ host: ADDRESS, port: 80, headers, agent: false, timeout: 15000 }, (answer) => {
    let body = '';
    answer.on('data', (bytes) => { body += bytes; }).on('end', () => {
      note(answer.statusCode + ' ' + (answer.headers['x-seatrial-error'] ?? body.slice(0, 40)));
      done();
    }).on('error', () => { note('broken'); done(); });
  }).on('timeout', function () { this.destroy(); }).on('error', (error) => { note(error.code); done(); });
});
(async () => {
  for (let n = 0; COUNT ? n < Number(COUNT) : existsSync(RUN); n += 1) {
    await one();
    if (!COUNT) await new Promise((next) => setTimeout(next, 30));
  }
  console.log(JSON.stringify(seen));
})();`;

export interface Load {
  /** Ends it; what came until then. */
  stop(): Promise<Seen>;
}

/** A pod with Node and a shell, in the cluster where callers are. */
export interface Caller {
  /** Requests to port 80 of an address, with a routing key or without, until it is stopped. */
  load(address: string, key: string | null): Promise<Load>;
  /** So many requests. */
  ask(address: string, key: string | null, count: number): Promise<Seen>;
}

const seenForm = z.record(z.string(), z.number());

/** `pod`: the loads run in it by themselves, also while the API server does not. */
export function callerIn(cluster: Cluster, namespace: string, pod: string): Caller {
  const exec = (script: string, ...args: string[]) =>
    cluster.kubectl(['-n', namespace, 'exec', pod, '--', 'sh', '-c', script, 'sh', program, ...args]);
  let loads = 0;
  return {
    async load(address, key) {
      const run = `/tmp/load-${loads++}`;
      const start = 'touch $2; ADDRESS=$3 KEY=$4 RUN=$2 node -e "$1" >$2.out 2>&1 </dev/null &';
      await exec(start, run, address, key ?? '');
      return {
        async stop() {
          const end = 'rm $2; until [ -s $2.out ]; do sleep 0.1; done; cat $2.out';
          return seenForm.parse(JSON.parse(await exec(end, run)));
        },
      };
    },
    async ask(address, key, count) {
      const once = 'ADDRESS=$2 KEY=$3 COUNT=$4 node -e "$1"';
      return seenForm.parse(JSON.parse(await exec(once, address, key ?? '', String(count))));
    },
  };
}
