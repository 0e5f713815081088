import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClusterStage, clusterStage } from '../../../src/cli/demo/cluster/stage.ts';
import { loadFaults } from '../../../src/cli/demo/fault.ts';
import { play, type Stage } from '../../../src/cli/demo/play.ts';
import { makeScratch, type Scratch } from '../../../src/cli/demo/scratch.ts';
import { tellStory } from '../../../src/cli/demo/story.ts';
import { repositoryRoot } from '../../shop/start-shop.ts';
import { binary, seatrial } from '../../support/binary.ts';
import { openCluster } from '../support/cluster.ts';

const cluster = await openCluster();
const faults = await loadFaults(repositoryRoot, 'kubernetes');
const minutes = 60_000;

describe('the demo on Kubernetes', () => {
  let lines: string[] = [];
  let scratch: Scratch;
  let stages: ClusterStage;
  let stage: Stage;
  const story = tellStory((line) => lines.push(line), false);
  const surroundings = {
    env: cluster.env,
    cwd: repositoryRoot,
    pid: process.pid,
    version: 'test',
    entry: { execPath: process.execPath, main: binary },
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: false,
    parentPid: () => process.ppid,
    onSignal: () => () => {},
  };
  const signal = new AbortController().signal;

  beforeAll(async () => {
    const loadCommand = cluster.env.SEATRIAL_LOAD_COMMAND ?? null;
    stages = clusterStage({
      packageRoot: repositoryRoot,
      surroundings,
      story,
      loadCommand,
      registry: null,
      signal,
    });
    scratch = await makeScratch(repositoryRoot, process.env, {
      variant: 'kubernetes',
      prepare: (folder) => stages.prepare(folder),
    });
    stage = await stages.open(scratch);
  }, 10 * minutes);
  afterAll(async () => {
    const left = await stages?.close();
    await scratch?.remove();
    expect(left).toEqual([]);
  }, 5 * minutes);

  test.each(faults.map((fault) => [fault.name, fault] as const))(
    'catches %s by name, and proves the mended code by hops of the fork',
    { timeout: 5 * minutes },
    async (_, fault) => {
      lines = [];
      await scratch.git('reset', '--quiet', '--hard', 'origin/main');
      const env = {
        ...cluster.env,
        SEATRIAL_HOME: scratch.home,
        SEATRIAL_HOST_IDLE_SECONDS: '5',
      };
      const told = await play({ fault, scratch, story, surroundings, env, signal, stage });
      const text = lines.join('\n');
      expect(text).toContain(`breaking ${fault.expect.rule} at ${fault.expect.place} of `);
      expect(text).toMatch(/✗ \S+: FAILED[\s\S]*✓ \S+: PASSED/);
      expect(told.true, text).toBe(true);
    },
  );
});

test('the whole of it by one command leaves neither namespace nor right nor changed resource', {
  timeout: 12 * minutes,
}, async () => {
  const ours = async () =>
    (await cluster.kubectl(['get', 'namespaces,clusterroles,clusterrolebindings', '-o', 'name']))
      .split('\n')
      .filter((name) => name.includes('seatrial-demo-'));
  const load = cluster.env.SEATRIAL_LOAD_COMMAND;
  const flags = load === undefined ? [] : ['--load-command', load];
  const env = Object.fromEntries(Object.entries(cluster.env).filter(([, value]) => value !== undefined));
  const { code, stdout, stderr } = await seatrial(['demo', '--engine', 'kubernetes', ...flags], {
    cwd: repositoryRoot,
    env: env as Record<string, string>,
  });
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/0 objects: no namespace/);
  expect(stdout).toMatch(/0 processes, 0 of 5 ports, 0 folders/);
  expect(await ours()).toEqual([]);
});
