import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { applyYaml, rolledOut } from '../support/apply.ts';
import type { Cluster } from '../support/cluster.ts';
import { type Installation, installSeatrial } from '../support/installation.ts';
import { scratchNamespace } from '../support/namespace.ts';
import { attempt, type Ran } from '../support/process.ts';

const reports = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.object({ name: z.string(), ok: z.boolean(), found: z.string(), next: z.string().optional() }),
  ),
});

export interface Report {
  readonly code: number | null;
  readonly names: readonly string[];
  /** Of checks that failed: name → what is wrong, and the next step. */
  readonly failed: Readonly<Record<string, { readonly found: string; readonly next: string }>>;
  /** Of the others: what was found. */
  readonly well: Readonly<Record<string, string>>;
}

/** An installation of its own with two enrolled Services, to break and to mend. */
export interface Place {
  readonly namespace: string;
  readonly systemNamespace: string;
  readonly image: string;
  doctor(...args: readonly string[]): Promise<Report>;
  /** Until `good` holds of what doctor says. */
  until(good: (report: Report) => boolean): Promise<Report>;
  /** Until nothing fails. */
  well(): Promise<void>;
  /** A command of ours as doctor writes it: `seatrial …` or `kubectl …`. Rejects where it does not end with 0. */
  follow(command: string): Promise<void>;
  kubectl(...args: readonly string[]): Promise<string>;
  /** A kubeconfig file made of the real one. */
  kubeconfig(change: (config: KubeconfigFile) => void): string;
  close(): Promise<void>;
}

export interface KubeconfigFile {
  'current-context': string;
  readonly clusters: readonly { cluster: { server: string } }[];
  readonly users: { user: object }[];
}

const main = join(import.meta.dirname, '../../../dist/src/main.js');

const server = `require('node:http').createServer((_, response) => response.end('ok')).listen(8080);
process.on('SIGTERM', () => process.exit(0));`;

/** Two Services, with one pod behind each. */
function manifests(image: string): string {
  const container = (name: string) => ({
    name,
    image,
    command: ['node', '-e', server],
    ports: [{ name: 'web', containerPort: 8080 }],
    // A busy machine is not a service that is down.
    readinessProbe: { httpGet: { path: '/', port: 'web' }, periodSeconds: 1, timeoutSeconds: 5 },
  });
  const items = ['one', 'two'].flatMap((name) => [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: { terminationGracePeriodSeconds: 1, containers: [container(name)] },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'web' }] },
    },
  ]);
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

export async function openPlace(cluster: Cluster): Promise<Place> {
  const scratch = await scratchNamespace(cluster, 'doctor');
  const namespace = scratch.name;
  const installation: Installation = await installSeatrial(cluster, `${namespace}-system`, [namespace]);
  const { systemNamespace, image } = installation;
  await applyYaml(cluster, manifests(image), { namespace });
  await rolledOut(cluster, namespace, ['deployment/one', 'deployment/two']);
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-doctor-'));
  const seatrial = (...args: readonly string[]): Promise<Ran> =>
    attempt([process.execPath, main, ...args], { env: cluster.env, cwd: folder, seconds: 240 });
  const must = async (ran: Promise<Ran>) => {
    const { code, stdout, stderr } = await ran;
    if (code !== 0) throw new Error(`ended with ${code}: ${stderr}${stdout}`);
  };
  await must(seatrial('enroll', '--namespace', namespace));
  let files = 0;

  const place: Place = {
    namespace,
    systemNamespace,
    image,
    async doctor(...args) {
      const where = args.includes('--namespace') ? [] : ['--namespace', namespace];
      const { code, stdout, stderr } = await seatrial('doctor', '--json', ...where, ...args);
      if (!stdout.startsWith('{')) throw new Error(`doctor ended with ${code}: ${stderr}${stdout}`);
      const { checks } = reports.parse(JSON.parse(stdout));
      const entries = checks.filter(({ ok }) => !ok);
      return {
        code,
        names: checks.map(({ name }) => name),
        failed: Object.fromEntries(entries.map(({ name, found, next = '' }) => [name, { found, next }])),
        well: Object.fromEntries(checks.filter(({ ok }) => ok).map(({ name, found }) => [name, found])),
      };
    },
    async until(good) {
      const deadline = Date.now() + 90_000;
      for (;;) {
        const report = await place.doctor();
        if (good(report)) return report;
        if (Date.now() > deadline) throw new Error(`doctor still says ${JSON.stringify(report, null, 1)}`);
      }
    },
    async well() {
      await place.until(({ code }) => code === 0);
    },
    async follow(command) {
      const [program, ...args] = command.replaceAll(/["']/g, '').split(' ');
      if (program === 'seatrial') await must(seatrial(...args));
      else if (program === 'kubectl') await cluster.kubectl(args);
      else throw new Error(`not a command: ${command}`);
    },
    kubectl: (...args) => cluster.kubectl(args),
    kubeconfig(change) {
      const config = parse(readFileSync(cluster.kubeconfig, 'utf8')) as KubeconfigFile;
      change(config);
      files += 1;
      const file = join(folder, `kubeconfig-${files}`);
      writeFileSync(file, stringify(config), { mode: 0o600 });
      return file;
    },
    async close() {
      rmSync(folder, { recursive: true, force: true });
      await installation[Symbol.asyncDispose]();
      await scratch[Symbol.asyncDispose]();
    },
  };
  return place;
}
