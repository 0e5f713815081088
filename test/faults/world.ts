import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Outcome, type Place, seatrial } from '../support/binary.ts';
import { type Scratch, scratchRepository } from '../support/scratch-repository.ts';
import { type Agent, type Data, startAgent } from './agent.ts';
import { alive, hostOf, processesOf } from './processes.ts';
import { shopFiles } from './shop.ts';

/** A scratch repository with a SEATRIAL_HOME of its own, agents on it, and all that must be gone in the end. */
export interface World {
  readonly scratch: Scratch;
  readonly place: Place;
  readonly home: string;
  /** The first agent, in the repository's main working tree. */
  readonly agent: Agent;
  /** Another MCP client with a server of its own. */
  connect(cwd?: string, env?: Readonly<Record<string, string>>): Promise<Agent>;
  cli(args: readonly string[], cwd?: string): Promise<Outcome>;
  edit(file: string, from: string, to: string): void;
  /** The working tree as it was committed; ends all sandboxes of the agent but the witness. */
  reset(): Promise<void>;
  /** A sandbox and a run that no fault of others may touch; made once. */
  witness(): Promise<Data>;
  /** Fails unless the witness still serves and its run can still be read. */
  holds(): Promise<void>;
  /** Fails unless no process runs beside those of the baseline and the witness. */
  idle(): Promise<void>;
  /** The same, and no snapshot of another lies there. */
  settled(): Promise<void>;
  host(): number;
  snapshots(): string[];
  /** Ends what is there as users do, then fails on whatever is left: a process, a port, a snapshot in use. */
  end(): Promise<void>;
}

export async function openWorld(
  files: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<World> {
  const scratch = scratchRepository({ ...shopFiles, ...files });
  const home = join(scratch.folder, 'home');
  const own = { SEATRIAL_HOME: home, SEATRIAL_HOST_IDLE_SECONDS: '0.5', ...env };
  const place: Place = { cwd: scratch.root, env: { ...scratch.env, ...own } };
  const ports = new Set<number>();
  const watchdogs = new Set<number>();
  const agents: Agent[] = [];
  const seen = () => {
    const found = processesOf(scratch.folder);
    for (const { pid, command } of found) if (command.includes('watchdog')) watchdogs.add(pid);
    return found;
  };
  const join_ = async (cwd = scratch.root, more: Readonly<Record<string, string>> = {}) => {
    const given = { cwd, env: { ...place.env, ...more } };
    const agent = await startAgent(given, (urls) => {
      for (const url of urls) ports.add(Number(new URL(url).port));
      seen();
    });
    agents.push(agent);
    return agent;
  };
  const agent = await join_();
  let witness: { data: Data; run: string } | null = null;
  let standing: number | null = null;

  const world: World = {
    scratch,
    place,
    home,
    agent,
    connect: join_,
    cli: (args, cwd = scratch.root) => seatrial(args, { ...place, cwd }),
    edit(file, from, to) {
      const path = join(scratch.root, file);
      const text = readFileSync(path, 'utf8');
      if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
      writeFileSync(
        path,
        text.replace(from, () => to),
      );
    },
    async reset() {
      scratch.git('reset', '--hard', '--quiet');
      scratch.git('clean', '-ffdxq');
      const { sandboxes } = await agent.call('inspect_sandbox');
      for (const { sandbox } of sandboxes) {
        if (sandbox === 'witness') continue;
        expect(await agent.call('teardown', { sandbox })).toMatchObject({ left: [] });
      }
    },
    async witness() {
      if (witness !== null) return witness.data;
      scratch.git('switch', '--quiet', '--create', 'fix');
      world.edit('price/server.mjs', '1250', '1300');
      scratch.git('commit', '--quiet', '--all', '--message=fix');
      scratch.git('switch', '--quiet', 'main');
      const changes = [{ service: 'price', ref: 'fix' }];
      const data = await agent.done('provision_sandbox', { name: 'witness', changes });
      expect(data.state, data.text).toBe('ready');
      const requests = [{ id: 'mug', service: 'price', method: 'GET', path: '/mug' }];
      const { run } = await agent.done('smart_diff', { sandbox: 'witness', requests });
      witness = { data, run };
      standing = seen().length;
      return data;
    },
    async holds() {
      if (witness === null) throw new Error('there is no witness');
      const { data, run } = witness;
      const answer = await fetch(`${data.urls.price}/mug`);
      expect(await answer.json()).toEqual({ sku: 'mug', cents: 1300 });
      const { sandboxes } = await agent.call('inspect_sandbox', { sandbox: 'witness' });
      expect(sandboxes).toMatchObject([{ state: 'ready', key: data.key }]);
      expect((await agent.call('smart_diff', { run })).findings).toMatchObject([{ rule: 'value-changed' }]);
    },
    async idle() {
      await until(
        'no process beside those of the witness',
        () => seen().length <= (standing ?? 0),
        () => seen().map(({ command }) => command),
      );
    },
    async settled() {
      await world.idle();
      await until(
        'no snapshot beside those of the witness',
        () => world.snapshots().length <= (standing === null ? 0 : 2),
        () => world.snapshots(),
      );
    },
    host: () => hostOf(scratch.folder)?.pid ?? 0,
    snapshots() {
      const cache = join(home, 'cache');
      if (!existsSync(cache)) return [];
      return readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((path) =>
        /\/work\/[^/]+\/tree-\d+$/.test(path),
      );
    },
    async end() {
      try {
        if (alive(agent.pid)) await agent.call('teardown', { all: true });
        await Promise.all(agents.map((each) => each.close().catch(() => {})));
        await until(
          'the end of every process',
          () => seen().length === 0,
          () => seen().map(({ command }) => command),
        );
        await until('the end of every watchdog', () => ![...watchdogs].some(alive));
        expect(world.snapshots()).toEqual([]);
        const open = await Promise.all([...ports].map(async (port) => ((await listens(port)) ? [port] : [])));
        expect(open.flat()).toEqual([]);
      } finally {
        for (const { pid } of processesOf(scratch.folder)) process.kill(pid, 'SIGKILL');
        rmSync(scratch.folder, { recursive: true, force: true });
      }
    },
  };
  return world;
}

/** Waits for a condition; fails with what was seen last. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  seen: () => unknown = () => '',
  limitMs = 25_000,
): Promise<NonNullable<T>> {
  const started = Date.now();
  for (;;) {
    const found = await probe();
    if (found) return found as NonNullable<T>;
    if (Date.now() - started > limitMs)
      throw new Error(`waited in vain for: ${what}; ${JSON.stringify(seen())}`);
    await sleep(50);
  }
}

export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
