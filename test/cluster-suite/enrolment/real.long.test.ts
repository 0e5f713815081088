import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Service } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { driftOf } from '../../../src/operator/enrolment/drift.ts';
import { isSwapped, storedOriginal } from '../../../src/operator/enrolment/original.ts';
import { applyYaml } from '../support/apply.ts';
import { openCluster } from '../support/cluster.ts';
import { type Installation, installSeatrial } from '../support/installation.ts';
import { scratchNamespace } from '../support/namespace.ts';
import { type Echo, startEcho } from './echo.ts';

const cluster = await openCluster();
const ns = await scratchNamespace(cluster, 'install');
const signal = AbortSignal.timeout(900_000);
let installation: Installation;
let echo: Echo;

beforeAll(async () => {
  installation = await installSeatrial(cluster, `${ns.name}-system`, [ns.name]);
  echo = await startEcho(cluster, ns.name, installation.image);
});
afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await ns[Symbol.asyncDispose]();
});

async function read(name: string): Promise<Service> {
  const found = await cluster.kube.get<Service>(
    { resource: resources.services, namespace: ns.name, name },
    signal,
  );
  if (found === null) throw new Error(`no Service ${name}`);
  return found;
}

async function until(holds: () => Promise<boolean>, seconds = 90): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not so after ${seconds} s: ${holds}`);
    await sleep(300);
  }
}

/** What keeps routers away, as a full cluster would: the controller puts right whoever scales them. */
async function forbidPods(): Promise<void> {
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'full' },
    spec: { hard: { pods: '0' } },
  };
  await applyYaml(cluster, JSON.stringify(quota), { namespace: ns.name });
}

async function allowPods(): Promise<void> {
  await cluster.kubectl(['-n', ns.name, 'delete', 'resourcequota', 'full']);
  // Whoever was refused tries again after longer and longer times, or when something changes.
  const sets = ['replicaset', '-l', 'seatrial.dev/role=router', 'seatrial.dev/nudge=now'];
  await cluster.kubectl(['-n', ns.name, 'annotate', ...sets]);
}

/** Without the names of the cluster: their server may be slow or silent for reasons of its own. */
async function address(name: string): Promise<string> {
  const { clusterIP = '', ports } = (await read(name)).spec;
  return `http://${clusterIP.includes(':') ? `[${clusterIP}]` : clusterIP}:${ports?.[0]?.port}/`;
}

/** All but what every write changes. */
function settled({ metadata, spec }: Service) {
  const { resourceVersion: _, ...rest } = metadata;
  return { metadata: rest, spec };
}

/** Sends one request with the reserved key, and tells the status and which services' routers it passed. */
const routed = `
const request = require('node:http').get(process.argv[1], { agent: false, headers: { baggage: 'seatrial=base-000000000000000.aaaaaaaa' } },
  (response) => { response.resume(); console.log(response.statusCode, response.headers['x-seatrial-routed'] ?? 'past every router'); });
request.on('error', (error) => console.log(error.code));`;

const bytes = `
const [host, port] = process.argv.slice(1); let text = '';
require('node:net').connect(port, host).on('data', (chunk) => { text += chunk; }).on('end', () => console.log(text.slice(0, 9)));`;

const passed = async (url: string) => (await echo.call(routed, url)).trim();

describe('a real installation', () => {
  const before = new Map<string, ReturnType<typeof settled>>();

  test('enrols under load on new connections, and not one request is lost', async () => {
    for (const name of ['echo', 'echo-outside']) before.set(name, settled(await read(name)));
    // A Service leads nowhere until the node's proxy has heard of it.
    await expect.poll(() => passed('http://echo/'), { timeout: 15_000 }).toBe('200 past every router');
    const load = await echo.load(await address('echo'));
    await sleep(1_500);
    const done = await echo.seatrial('enroll', '--json');
    await sleep(1_500);
    const { ok, bad } = await load.stop();
    expect(done.code, done.stderr + done.stdout).toBe(0);
    expect(bad).toEqual({});
    expect(ok).toBeGreaterThan(50);
    expect(JSON.parse(done.stdout).services).toEqual([
      { service: 'echo', kind: 'enrolled' },
      { service: 'echo-outside', kind: 'enrolled' },
      {
        service: 'echo-pods',
        kind: 'left-alone',
        reason: 'Headless',
        message: expect.stringContaining('headless'),
        next: expect.stringMatching(/\.$/),
      },
    ]);
  });

  test('named and numeric ports, a TCP port, and a NodePort of a second Service lead over the router', async () => {
    const node = await cluster.kubectl([
      'get',
      'nodes',
      '-o',
      'jsonpath={.items[0].status.addresses[0].address}',
    ]);
    const nodePort = (await read('echo-outside')).spec.ports?.[0]?.nodePort;
    expect({
      named: await passed('http://echo/'),
      numeric: await passed('http://echo:9090/'),
      second: await passed('http://echo-outside:81/'),
      nodePort: await passed(`http://${node.trim()}:${nodePort}/`),
      headless: await passed('http://echo-pods:8080/'),
      tcp: (await echo.call(bytes, 'echo', '7000')).trim(),
    }).toEqual({
      named: '200 echo=baseline',
      numeric: '200 echo=baseline',
      second: '200 echo-outside=baseline',
      nodePort: '200 echo-outside=baseline',
      headless: '200 past every router',
      tcp: 'tcp echo-',
    });
  });

  test('doctor finds it whole, and sends a canary through each enrolled Service', async () => {
    const { code, stdout } = await echo.seatrial('doctor', '--json');
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { name: string; found: string }[] };
    expect({ code, ok }, stdout).toEqual({ code: 0, ok: true });
    expect(checks.find(({ name }) => name === 'enrolled Services')?.found).toBe(
      'echo, echo-outside: a canary passed the router of each',
    );
  });

  test('without a ready router the Service leads to the baseline again, and back once there is one, without a loop', async () => {
    const load = await echo.load(await address('echo'));
    await forbidPods();
    await cluster.kubectl(['-n', ns.name, 'delete', 'pod', '-l', 'seatrial.dev/role=router', '--wait=false']);
    await until(async () => !isSwapped(await read('echo')) && !isSwapped(await read('echo-outside')));
    expect(storedOriginal(await read('echo'))).toBeNull();
    await until(async () => (await passed('http://echo/')) === '200 past every router');
    const broken = await echo.seatrial('doctor');
    expect(broken.code).toBe(4);
    expect(broken.stdout).toMatch(/^FAIL router: /m);
    await sleep(5_000);
    expect(isSwapped(await read('echo')), 'it stays with the baseline').toBe(false);
    await allowPods();
    await until(async () => isSwapped(await read('echo')));
    const generation = (await read('echo')).metadata.resourceVersion;
    await until(async () => (await passed('http://echo/')) === '200 echo=baseline');
    await sleep(5_000);
    expect((await read('echo')).metadata.resourceVersion, 'no write after that').toBe(generation);
    expect(driftOf(await read('echo-seatrial')).count, 'our own restore is nobody’s drift').toBe(0);
    const { bad } = await load.stop();
    // Only what the loss of both routers itself breaks: nobody listens until the swap back.
    expect(Object.keys(bad).filter((what) => !/^(ECONNREFUSED|ECONNRESET|silent), /.test(what))).toEqual([]);
  });

  test('--restart ends connections from before: what was sent past the router goes over it', async () => {
    await echo.seatrial('release', 'echo-outside');
    const keeping = `
const http = require('node:http'); const { existsSync } = require('node:fs');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let last = ''; let first = '';
const one = () => new Promise((done) => http.get('http://echo-outside:81/', { agent, headers: { baggage: 'seatrial=base-000000000000000' } }, (response) => {
  response.resume().on('end', done); last = response.headers['x-seatrial-routed'] ?? 'past'; first ||= last;
}).on('error', done));
(async () => { while (!existsSync('/tmp/kept')) { await one(); await new Promise((r) => setTimeout(r, 200)); } console.log(first, last); })();`;
    const kept = echo.call(keeping);
    kept.catch(() => {});
    await sleep(3_000);
    const done = await echo.seatrial('enroll', 'echo-outside', '--restart');
    expect(done.code, done.stderr).toBe(0);
    expect(done.stdout).toContain('Restarted echo');
    expect(done.stdout).toContain('kubectl.kubernetes.io/restartedAt');
    await sleep(4_000);
    await echo.call(`require('node:fs').writeFileSync('/tmp/kept', '')`);
    expect((await kept).trim()).toBe('past echo-outside=baseline');
  });

  test('a connection that was idle while its Service was released still gets its answer', async () => {
    const idle = `
const http = require('node:http'); const { existsSync } = require('node:fs');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let port = 0;
const one = () => new Promise((done) => http.get('http://echo-outside:81/', { agent }, (response) => {
  const again = response.socket.localPort; const same = port === 0 ? 'first' : again === port ? 'same' : 'new'; port = again;
  response.resume().on('end', () => done(response.statusCode + ' ' + same));
}).on('error', (error) => done(error.code)));
(async () => { const a = await one(); while (!existsSync('/tmp/idle')) await new Promise((r) => setTimeout(r, 200)); console.log(a, await one(), await one()); })();`;
    const answers = echo.call(idle);
    answers.catch(() => {});
    await sleep(3_000);
    expect((await echo.seatrial('release', 'echo-outside')).code).toBe(0);
    await sleep(35_000);
    expect(
      (await cluster.tryKubectl(['-n', ns.name, 'get', 'service', 'echo-outside-seatrial'])).code,
      'the shadow stays while somebody may still use it',
    ).toBe(0);
    await echo.call(`require('node:fs').writeFileSync('/tmp/idle', '')`);
    expect((await answers).trim()).toBe('200 first 200 same 200 new');
    await until(
      async () =>
        (await cluster.tryKubectl(['-n', ns.name, 'get', 'service', 'echo-outside-seatrial'])).code !== 0,
    );
  });

  test('releases under load, not one request is lost, and each Service is as it was', async () => {
    const load = await echo.load(await address('echo'));
    await sleep(1_500);
    const done = await echo.seatrial('release', '--json');
    await sleep(3_000);
    const { ok, bad } = await load.stop();
    expect(done.code, done.stderr).toBe(0);
    expect(bad).toEqual({});
    expect(ok).toBeGreaterThan(50);
    for (const [name, then] of before) expect(settled(await read(name)), name).toEqual(then);
    const kinds =
      'deployments,statefulsets,services,configmaps,rolebindings,serviceaccounts,pdb,networkpolicies';
    // The controller's binding is the installation's: with it the namespace may be enrolled again.
    const own = 'app.kubernetes.io/managed-by=seatrial,seatrial.dev/role!=controller';
    const ours = ['-n', ns.name, 'get', kinds, '-l', own, '-o', 'name'];
    await expect.poll(() => cluster.kubectl(ours), { timeout: 90_000, interval: 500 }).toBe('');
  });
});
