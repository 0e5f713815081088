import { join } from 'node:path';
import { applyYaml, rolledOut } from '../support/apply.ts';
import type { Cluster } from '../support/cluster.ts';
import { attempt, type Ran } from '../support/process.ts';

/** A workload that says which pod answers, over HTTP and over bare TCP, and a pod to call it from. */
export interface Echo {
  /** Runs a program of Node in the caller's pod; `args` are its arguments. */
  call(program: string, ...args: readonly string[]): Promise<string>;
  /** Requests on new connections, four at a time, until `stop`. */
  load(url: string): Promise<Load>;
  seatrial(...args: readonly string[]): Promise<Ran>;
}

export interface Load {
  /** Whether the first answers came. */
  stop(): Promise<LoadResult>;
}

export interface LoadResult {
  readonly ok: number;
  /** What went wrong → how often. */
  readonly bad: Readonly<Record<string, number>>;
}

const server = `
const { hostname } = require('node:os');
const http = require('node:http').createServer((_, response) => response.end(hostname()));
http.keepAliveTimeout = 3_600_000;
http.listen(8080);
require('node:net').createServer((socket) => socket.on('error', () => {}).end('tcp ' + hostname())).listen(7070);
process.on('SIGTERM', () => setTimeout(() => process.exit(), 1500));`;

const manifests = (image: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: echo }
spec:
  replicas: 2
  selector: { matchLabels: { app: echo } }
  template:
    metadata: { labels: { app: echo } }
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - name: echo
          image: ${image}
          command: [node, -e, ${JSON.stringify(server)}]
          ports: [{ name: web, containerPort: 8080 }, { name: raw, containerPort: 7070 }]
          readinessProbe: { tcpSocket: { port: raw }, periodSeconds: 1 }
          # What asks for no processor gets none while routers start on a busy machine.
          resources: { requests: { cpu: 100m } }
---
apiVersion: v1
kind: Service
metadata: { name: echo }
spec:
  selector: { app: echo }
  ports:
    - { name: http, port: 80, targetPort: web }
    - { name: http-more, port: 9090, targetPort: 8080 }
    - { name: tcp-raw, port: 7000, targetPort: raw }
---
apiVersion: v1
kind: Service
metadata: { name: echo-outside }
spec: { type: NodePort, selector: { app: echo }, ports: [{ name: http, port: 81, targetPort: 8080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: echo-pods }
spec: { clusterIP: None, selector: { app: echo }, ports: [{ name: http, port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: caller }
spec:
  terminationGracePeriodSeconds: 0
  containers: [{ name: caller, image: ${image}, command: [node, -e, "setInterval(() => {}, 1e6)"], resources: { requests: { cpu: 100m } } }]`;

const loader = `
const { existsSync } = require('node:fs'); const http = require('node:http');
const [url, stop] = process.argv.slice(1);
let ok = 0; const bad = {};
const count = (what) => { bad[what] = (bad[what] ?? 0) + 1; };
const one = () => new Promise((done) => {
  // How far it came tells who lost it: no connection is the node's or a full queue, no answer is the router's or the baseline's.
  let came = 'not connected';
  const lost = (error) => { count(error.code + ', ' + came); done(); };
  const request = http.get(url, { agent: false, timeout: 20_000 }, (response) => {
    came = 'answer begun';
    response.resume().on('end', () => { if (response.statusCode === 200) ok++; else count(response.statusCode); done(); });
    response.on('error', lost);
  });
  request.on('socket', (socket) => socket.on('connect', () => { came = 'connected by port ' + socket.localPort; }));
  request.on('timeout', () => request.destroy(Object.assign(new Error(), { code: 'silent' })));
  request.on('error', lost);
});
const lane = async () => { while (!existsSync(stop)) { await one(); await new Promise((r) => setTimeout(r, 40)); } };
Promise.all([lane(), lane(), lane(), lane()]).then(() => console.log(JSON.stringify({ ok, bad })));`;

export async function startEcho(cluster: Cluster, namespace: string, image: string): Promise<Echo> {
  await applyYaml(cluster, manifests(image), { namespace });
  await rolledOut(cluster, namespace, ['deployment/echo']);
  const inPod = (...command: readonly string[]) => ['-n', namespace, 'exec', 'caller', '--', ...command];
  await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'pod/caller', '--timeout=60s']);
  const call = (program: string, ...args: readonly string[]) =>
    cluster.kubectl(inPod('node', '-e', program, ...args), { seconds: 300 });
  let loads = 0;
  return {
    call,
    async load(url) {
      loads += 1;
      const mark = `/tmp/stop-${loads}`;
      const ended = call(loader, url, mark);
      ended.catch(() => {});
      return {
        async stop() {
          await call(`require('node:fs').writeFileSync(process.argv[1], '')`, mark);
          return JSON.parse(await ended) as LoadResult;
        },
      };
    },
    seatrial: (verb = '', ...args) =>
      attempt(
        [
          process.execPath,
          join(import.meta.dirname, '../../../dist/src/main.js'),
          verb,
          ...args,
          '--namespace',
          namespace,
        ],
        { env: cluster.env, seconds: 300 },
      ),
  };
}
