import { spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ConnectOptions, connectHost } from '../../src/host/client.ts';
import { hostFolders } from '../../src/host/folders.ts';
import { call, processesOf, type Scratch, scratch, until } from './support.ts';

let place: Scratch;
beforeEach(() => {
  place = scratch();
});
afterEach(() => {
  for (const { pid } of processesOf(place.root)) process.kill(pid, 'SIGKILL');
  place.remove();
});

const main = new URL('bare-host.ts', import.meta.url).pathname;

function options(extra: Record<string, string> = {}, more: Partial<ConnectOptions> = {}): ConnectOptions {
  return {
    workingTree: place.repo,
    env: { ...place.env, TEST_HOSTS: join(place.root, 'hosts'), ...extra },
    entry: { execPath: process.execPath, main },
    version: '1.0.0',
    signal: new AbortController().signal,
    ...more,
  };
}

const folders = () => hostFolders(join(place.repo, '.git'), place.env);
const ask = (service: string, tail = 0) => ({ workingTree: place.repo, sandbox: null, service, tail });
const hosts = () => readdirSync(join(place.root, 'hosts'));

/** Something that is no host of ours listens on the socket. */
async function impostor(onConnection: (socket: Socket) => void) {
  mkdirSync(folders().runtime, { recursive: true, mode: 0o700 });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(folders().socket, resolve));
  return () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
}

test('ten clients that start at once get one host', async () => {
  const clients = await Promise.all(Array.from({ length: 10 }, () => connectHost(options())));
  const pids = await Promise.all(clients.map((client) => client.logs(ask('pid'), call())));
  expect(new Set(pids.map(({ lines }) => lines[0])).size).toBe(1);
  expect(hosts()).toHaveLength(1);
});

test('ten processes that start at once get one host', async () => {
  const program = `
    import { connectHost } from ${JSON.stringify(new URL('../../src/host/client.ts', import.meta.url).href)};
    const [options, ask] = JSON.parse(process.argv[1]);
    const signal = new AbortController().signal;
    const client = await connectHost({ ...options, signal });
    process.stdout.write((await client.logs(ask, { signal, progress() {} })).lines[0]);
  `;
  const { signal: _, ...plain } = options(
    { SEATRIAL_HOST_IDLE_SECONDS: '20' },
    { startMs: 40_000, helloMs: 20_000 },
  );
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program];
  const said = await Promise.all(
    Array.from({ length: 10 }, () => {
      const child = spawn(process.execPath, [...flags, JSON.stringify([plain, ask('pid')])]);
      return new Promise<string>((resolve) => {
        let text = '';
        const add = (chunk: unknown) => {
          text += String(chunk);
        };
        child.stdout.on('data', add);
        child.stderr.on('data', add);
        child.on('close', () => resolve(text));
      });
    }),
  );
  expect(new Set(said).size).toBe(1);
  expect(said[0]).toMatch(/^\d+$/);
  expect(hosts()).toHaveLength(1);
});

test('nobody but the user can reach it', async () => {
  const client = await connectHost(options());
  await client.logs(ask('pid'), call());
  expect(lstatSync(folders().runtime).mode & 0o777).toBe(0o700);
  expect(lstatSync(folders().socket).mode & 0o777).toBe(0o600);
});

test('it exits soon after the last call, leaves nothing, and the next call starts another', async () => {
  const client = await connectHost(options());
  const first = await client.logs(ask('pid'), call());
  await until('the end of the host', () => processesOf(place.root).length === 0);
  expect(existsSync(folders().runtime)).toBe(false);
  const second = await client.logs(ask('pid'), call());
  expect(second.lines).not.toEqual(first.lines);
});

test('SIGTERM ends it in good order', async () => {
  const client = await connectHost(options({ SEATRIAL_HOST_IDLE_SECONDS: '600' }));
  const { lines } = await client.logs(ask('pid'), call());
  process.kill(Number(lines[0]), 'SIGTERM');
  await until('the end of the host', () => processesOf(place.root).length === 0);
  expect(existsSync(folders().runtime)).toBe(false);
});

test('after kill -9 the next call starts another host over the stale socket', async () => {
  const client = await connectHost(options());
  const { lines } = await client.logs(ask('pid'), call());
  process.kill(Number(lines[0]), 'SIGKILL');
  await until('its end', () => processesOf(place.root).length === 0);
  expect(existsSync(folders().socket)).toBe(true);
  expect((await client.logs(ask('pid'), call())).lines).not.toEqual(lines);
});

test('a call in flight when the host is killed says so, and is not made twice', async () => {
  const client = await connectHost(options());
  const { lines } = await client.logs(ask('pid'), call());
  const waiting = client.logs(ask('wait', 500), call()).catch((error: unknown) => error);
  await until('it to be taken on', async () => (await client.logs(ask('count'), call())).lines[0] === '1');
  process.kill(Number(lines[0]), 'SIGKILL');
  expect(await waiting).toMatchObject({ code: 'host-gone' });
});

test('a socket that accepts and is silent is an error with what to do, not a hang', async () => {
  const end = await impostor(() => {});
  const client = await connectHost(options({}, { helloMs: 300 }));
  await expect(client.logs(ask('pid'), call())).rejects.toMatchObject({
    code: 'host-unreachable',
    text: { what: expect.stringContaining(folders().socket), next: expect.stringContaining('fuser') },
  });
  end();
});

test('a stopped host is named with its pid', async () => {
  const client = await connectHost(options({}, { helloMs: 2000 }));
  const pid = Number((await client.logs(ask('pid'), call())).lines[0]);
  process.kill(pid, 'SIGSTOP');
  const error = await client.logs(ask('pid'), call()).catch((thrown: unknown) => thrown);
  process.kill(pid, 'SIGCONT');
  expect(error).toMatchObject({
    code: 'host-unreachable',
    text: { what: expect.stringContaining(String(pid)), next: expect.stringContaining(`kill -9 ${pid}`) },
  });
});

test('something else that answers on the socket is refused', async () => {
  const end = await impostor((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
  const client = await connectHost(options());
  await expect(client.logs(ask('pid'), call())).rejects.toMatchObject({ code: 'host-unreachable' });
  end();
});

test('a host of another version that serves nothing makes place', async () => {
  const old = await connectHost(
    options({ TEST_VERSION: '0.9.0', SEATRIAL_HOST_IDLE_SECONDS: '600' }, { version: '0.9.0' }),
  );
  const before = await old.logs(ask('pid'), call());
  const client = await connectHost(options());
  expect((await client.logs(ask('pid'), call())).lines).not.toEqual(before.lines);
});

test('a host of another version that serves sandboxes stays, with an error that says what to do', async () => {
  const old = await connectHost(
    options({ TEST_VERSION: '0.9.0', TEST_SANDBOXES: '2' }, { version: '0.9.0' }),
  );
  const { lines } = await old.logs(ask('pid'), call());
  const client = await connectHost(options());
  await expect(client.logs(ask('pid'), call())).rejects.toMatchObject({
    code: 'host-version',
    text: { what: expect.stringContaining('0.9.0'), next: expect.stringContaining(`kill ${lines[0]}`) },
  });
  expect((await old.logs(ask('pid'), call())).lines).toEqual(lines);
});

test('a host that cannot start is reported with the end of its log', async () => {
  const client = await connectHost(options({ TEST_BROKEN_START: '1' }));
  await expect(client.logs(ask('pid'), call())).rejects.toMatchObject({
    code: 'host-unreachable',
    text: { why: expect.stringContaining('on fire'), next: expect.stringContaining('doctor') },
  });
});

test('a runtime folder that is a link is refused', async () => {
  mkdirSync(join(place.root, 'elsewhere'));
  mkdirSync(dirname(folders().runtime), { recursive: true });
  symlinkSync(join(place.root, 'elsewhere'), folders().runtime);
  const client = await connectHost(options());
  await expect(client.logs(ask('pid'), call())).rejects.toMatchObject({ code: 'host-unreachable' });
  expect(readdirSync(join(place.root, 'elsewhere'))).toEqual([]);
});

test('folders that cannot be made are an error with what to do', async () => {
  writeFileSync(join(place.root, 'seatrial'), 'a file in the way');
  const client = await connectHost(options());
  await expect(client.logs(ask('pid'), call())).rejects.toMatchObject({
    code: 'host-unreachable',
    text: { next: expect.stringContaining('SEATRIAL_HOME') },
  });
});

test('a host whose folder was removed ends, whatever it serves: nobody can reach it any more', async () => {
  const client = await connectHost(options({ TEST_SANDBOXES: '2' }));
  const { lines } = await client.logs(ask('pid'), call());
  rmSync(folders().runtime, { recursive: true });
  const second = await client.logs(ask('pid'), call());
  expect(second.lines).not.toEqual(lines);
  await until('the first to end', () => !processesOf(place.root).some(({ pid }) => pid === Number(lines[0])));
  expect((await client.logs(ask('pid'), call())).lines).toEqual(second.lines);
});
