import { once } from 'node:events';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Data } from './agent.ts';
import { processesOf } from './processes.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.witness();
});
afterEach(async () => {
  await world.reset();
  await world.holds();
  await world.settled();
});
afterAll(() => world.end());

const listen = ".listen(Number(process.env.PORT), '127.0.0.1');";
const provision = (name: string) => world.agent.done('provision_sandbox', { name });

/** A failed sandbox is a result: it names the code, the last lines and the next step, and refuses to be used. */
async function failed({ sandbox, state, reason, text, next }: Data, code: string): Promise<void> {
  expect({ state, reason }).toMatchObject({ state: 'failed', reason: { code } });
  expect(reason?.next.length).toBeGreaterThan(10);
  expect(next).toBe(reason?.next);
  expect(text).toContain(code);
  expect(text).toMatch(/\nNext: \S/);
  const refused = await world.agent.refused('run_plan', { plan: 'cart', sandbox });
  expect(refused.code).toBe('sandbox-not-ready');
}

describe('a service that', () => {
  test('never listens is not ready after readySeconds, with its last lines, and its process is ended', async () => {
    world.edit('seatrial.yaml', 'readySeconds: 20', 'readySeconds: 1');
    world.edit('price/server.mjs', listen, "; console.log('still thinking'); setInterval(() => {}, 1000);");
    const data = await provision('silent');
    await failed(data, 'service-not-ready');
    expect(data.text).toContain('still thinking');
    await world.idle();
  });

  test('forks children, in its group and out of it, leaves none of them', async () => {
    world.edit(
      'price/server.mjs',
      "import { createServer } from 'node:http';",
      `import { createServer } from 'node:http';
import { spawn } from 'node:child_process';
spawn('sleep', ['1000'], { stdio: 'ignore' });
spawn('sleep', ['1000'], { stdio: 'ignore', detached: true }).unref();
spawn('sh', ['-c', 'trap "" TERM; sleep 1000 & wait; sleep 1000'], { stdio: 'ignore', detached: true }).unref();`,
    );
    expect(await provision('parent')).toMatchObject({ state: 'ready' });
    const sleepers = () =>
      processesOf(world.scratch.folder).filter(({ command }) => /sleep 1000/.test(command));
    expect(sleepers().length).toBeGreaterThanOrEqual(4);
    expect(await world.agent.call('teardown', { sandbox: 'parent' })).toMatchObject({ left: [] });
    expect(sleepers()).toEqual([]);
  });

  test('ignores SIGTERM is killed after stopSeconds, and teardown leaves nothing', async () => {
    world.edit('price/server.mjs', 'process.exit(0)', "console.log('no')");
    expect(await provision('stubborn')).toMatchObject({ state: 'ready' });
    expect(await world.agent.call('teardown', { sandbox: 'stubborn' })).toMatchObject({ left: [] });
    await world.settled();
  });

  test('ends at its start is failed with its last lines, and mending it mends the sandbox', async () => {
    world.edit('price/server.mjs', 'createServer((', "throw new Error('no price today'); createServer((");
    const data = await provision('broken');
    await failed(data, 'service-exited');
    expect(data.text).toContain('no price today');
    world.scratch.git('checkout', '--', '.');
    world.edit('price/server.mjs', '1250', '1400');
    expect(await provision('broken')).toMatchObject({ state: 'ready', sandbox: 'broken' });
  });

  test('writes 100 MB into its log serves all the same, in bounded memory and on bounded disk', async () => {
    world.edit(
      'price/server.mjs',
      'createServer((',
      `import { once } from 'node:events';
const line = 'x'.repeat(999_999) + '\\n';
for (let i = 0; i < 100; i += 1) if (!process.stdout.write(line)) await once(process.stdout, 'drain');
console.log('the flood is over');
createServer((`,
    );
    expect(await provision('flood')).toMatchObject({ state: 'ready' });
    const { sandboxes, text } = await world.agent.call('inspect_sandbox', { sandbox: 'flood', logs: true });
    expect(sandboxes[0]?.logs_untrusted.price?.at(-1)).toBe('the flood is over');
    expect(text.length).toBeLessThan(8000);
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${world.host()}/status`, 'utf8'))?.[1];
    expect(Number(peak)).toBeLessThan(500_000);
    expect(diskOf(join(world.home, 'cache'))).toBeLessThan(30_000_000);
  });
});

describe('two services on one fixed port', () => {
  test('cannot be forked together: the sandbox fails and says to listen on PORT', async () => {
    const port = await freePort();
    const fixed = `.listen(${port}, '127.0.0.1');`;
    world.edit('price/server.mjs', listen, fixed);
    world.edit('shop/server.mjs', listen, fixed);
    world.edit('seatrial.yaml', 'readySeconds: 20', 'readySeconds: 3');
    world.edit(
      'seatrial.yaml',
      'command: exec node shop/server.mjs',
      'command: exec node shop/server.mjs\n    readySeconds: 3',
    );
    const data = await provision('fixed');
    expect(data.state).toBe('failed');
    expect(['service-exited', 'service-not-ready']).toContain(data.reason?.code);
    expect(data.text).toContain('PORT');
    expect(data.forks.map(({ ready }) => ready)).toEqual([false, false]);
  });
});

test('a provisioning that is asked for while the same one goes on joins it', async () => {
  world.edit(
    'price/server.mjs',
    'createServer((',
    'await new Promise((r) => setTimeout(r, 700)); createServer((',
  );
  const other = await world.connect();
  const [one, two] = await Promise.all([
    world.agent.done('provision_sandbox', { name: 'joined' }),
    other.done('provision_sandbox', { name: 'joined' }),
  ]);
  expect(one.key).toBe(two.key);
  expect([one, two]).toMatchObject([
    { state: 'ready', generation: 1 },
    { state: 'ready', generation: 1 },
  ]);
  await other.close();
});

function diskOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.reduce(
    (sum, file) => sum + (lstatSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
