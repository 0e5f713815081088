import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { expect, onTestFinished, test } from 'vitest';
import { connectStdio, textOf } from '../../support/clients.ts';
import { scratchRepository } from '../../support/scratch-repository.ts';
import { applyYaml, rolledOut } from '../support/apply.ts';
import { openCluster } from '../support/cluster.ts';
import { buildImage } from '../support/image.ts';
import { installSeatrial } from '../support/installation.ts';
import { scratchNamespace } from '../support/namespace.ts';
import { deployment, listOf, service } from '../support/workload.ts';

const cluster = await openCluster();

const server = (price: string) => `
import { createServer } from 'node:http';
import { hostname } from 'node:os';
// Its own pod, as health checks say it: no difference where each side names its own.
const pod = hostname();
createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ sku: 'mug', price: ${price}, pod }));
}).listen(8080);
process.once('SIGTERM', () => process.exit(0));
`;

const dockerfile = `FROM node:24-bookworm-slim
COPY server.mjs /server.mjs
USER 1000
CMD ["node", "/server.mjs"]
`;

const plan = `---
seatrial: 1
name: prices
selectionHint: Checks prices. Pick when pricing changes.
covers: { services: [pricing] }
---
# Prices
## Ask

\`\`\`yaml step
id: ask
http: { service: pricing, method: GET, path: /prices }
expect: { status: 200 }
\`\`\`

## Same

\`\`\`yaml step
id: same
smart_diff: { steps: [ask] }
\`\`\`
`;

const manifests = (image: string, commit: string) =>
  listOf([deployment({ name: 'pricing', image, commit }), service('pricing')]);

async function result(client: Client, name: string, args: Record<string, unknown>) {
  const answer = await client.callTool({ name, arguments: args }, { timeout: 110_000 });
  // biome-ignore lint/suspicious/noExplicitAny: tests read results as a caller in JavaScript would
  return { text: textOf(answer), data: answer.structuredContent as any };
}

async function call(client: Client, name: string, args: Record<string, unknown>) {
  const { text, data } = await result(client, name, args);
  expect(text).not.toMatch(/^Error/);
  return data;
}

/** What an agent does after each edit: an image of the working tree, named by its tree. */
async function image(folder: string, tree: string): Promise<string> {
  return await buildImage(cluster, folder, `mcp-loop:${tree.slice(0, 12)}`);
}

function treeIn(text: string): string {
  return /tree ([0-9a-f]{40})/.exec(text)?.[1] ?? '';
}

test('change, image, sandbox, a finding, a fix, passed by real hops, teardown: nothing is left', {
  timeout: 600_000,
}, async () => {
  const namespace = await scratchNamespace(cluster, 'engine');
  onTestFinished(() => namespace[Symbol.asyncDispose](), 200_000);
  const installation = await installSeatrial(cluster, `${namespace.name}-system`, [namespace.name]);
  onTestFinished(() => installation[Symbol.asyncDispose](), 200_000);
  const context = (await cluster.kubectl(['config', 'current-context'])).trim();
  const scratch = scratchRepository({
    'seatrial.yaml': `kubernetes: { context: ${context}, namespace: ${namespace.name} }\nservices:\n  pricing: { paths: [services/pricing/**] }\n`,
    'services/pricing/server.mjs': server('500'),
    'services/pricing/Dockerfile': dockerfile,
    'plans/prices.md': plan,
  });
  onTestFinished(() => scratch[Symbol.dispose]());
  const folder = join(scratch.root, 'services/pricing');
  const commit = scratch.git('rev-parse', 'HEAD');
  await applyYaml(cluster, manifests(await image(folder, commit), commit), { namespace: namespace.name });
  await rolledOut(cluster, namespace.name, ['deployment/pricing']);
  const before = await spec(namespace.name);

  const env = {
    ...scratch.env,
    SEATRIAL_HOME: join(scratch.folder, 'home'),
    KUBECONFIG: cluster.kubeconfig,
    SEATRIAL_HOST_IDLE_SECONDS: '1',
  };
  const { client } = await connectStdio({ cwd: scratch.root, env });
  onTestFinished(() => client.close());

  // The first sandbox makes the namespace ready and enrols the Service.
  writeFileSync(join(folder, 'server.mjs'), server('"5.00"'));
  const refused = await result(client, 'provision_sandbox', { name: 'mine' });
  expect(refused.text).toMatch(/^Error needs-image/);
  expect(refused.text).toContain('provision_sandbox { changes: [{ service: "pricing", image: "pricing:');
  const broken = treeIn(refused.text);
  const changes = async (tree: string) => [
    { service: 'pricing', image: await image(folder, tree), revision: tree },
  ];
  const asked = { name: 'mine', lease: '10m', changes: await changes(broken), wait_seconds: 100 };
  const sandbox = await call(client, 'provision_sandbox', asked);
  expect(sandbox).toMatchObject({ sandbox: 'mine', state: 'ready', forks: [{ ready: true }] });
  expect(await (await fetch(sandbox.urls.pricing)).json()).toMatchObject({ sku: 'mug', price: '5.00' });

  const failed = await call(client, 'run_plan', { plan: 'prices', sandbox: 'mine' });
  expect(failed).toMatchObject({ verdict: 'failed', findings: [{ rule: 'type-changed' }] });

  writeFileSync(join(folder, 'server.mjs'), `${server('500')}// mended\n`);
  const stale = await call(client, 'run_plan', { plan: 'prices', sandbox: 'mine' });
  expect(stale).toMatchObject({ verdict: 'inconclusive', reasons: [{ code: 'stale-fork' }] });

  const mended = scratchTree(scratch);
  await call(client, 'provision_sandbox', {
    sandbox: 'mine',
    changes: await changes(mended),
    wait_seconds: 100,
  });
  const passed = await call(client, 'run_plan', { plan: 'prices', sandbox: 'mine' });
  expect(passed).toMatchObject({ verdict: 'passed', findings: [] });
  expect(passed.receipts.exercised).toBe(passed.receipts.required);
  expect(passed.receipts.exercised).toBeGreaterThan(0);

  const inspected = await call(client, 'inspect_sandbox', { sandbox: 'mine', hops: true, logs: true });
  expect(inspected.sandboxes).toMatchObject([{ sandbox: 'mine', state: 'ready' }]);

  // An image that names no revision, or none that git knows.
  const unknown = {
    sandbox: 'mine',
    changes: [{ service: 'pricing', image: 'x:1', revision: 'f'.repeat(40) }],
  };
  expect((await result(client, 'provision_sandbox', unknown)).text).toMatch(/^Error unknown-ref/);

  const torn = await call(client, 'teardown', { sandbox: 'mine' });
  expect(torn).toMatchObject({ sandboxes: ['mine'], left: [] });
  await expect(fetch(sandbox.urls.pricing)).rejects.toThrow();
  const kinds = 'sandboxes.seatrial.dev,deployments,pods';
  const forks = ['-n', namespace.name, 'get', kinds, '-l', 'seatrial.dev/sandbox', '-o', 'name'];
  expect((await cluster.kubectl(forks)).trim()).toBe('');
  expect((await cluster.kubectl(['-n', namespace.name, 'get', 'sbx', '-o', 'name'])).trim()).toBe('');

  await installation.uninstall();
  expect(await spec(namespace.name)).toEqual(before);
});

async function spec(namespace: string): Promise<unknown> {
  return JSON.parse(await cluster.kubectl(['-n', namespace, 'get', 'service', 'pricing', '-o', 'json'])).spec;
}

/** The tree id of what lies on disk, made without touching the index. */
function scratchTree(scratch: ReturnType<typeof scratchRepository>): string {
  scratch.git('add', '--all');
  const tree = scratch.git('write-tree');
  scratch.git('reset', '--quiet');
  return tree;
}
