import { renameSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/verdict/verdict.ts';
import { attackFiles } from './attack-services.ts';
import { type Data, openWorld, type World } from './world.ts';

/** Ways in which `passed` was said of code that is broken, or was not the working tree's. Each was seen to work once. */

let world: World;
beforeAll(async () => {
  world = await openWorld({ files: attackFiles });
});
afterAll(async () => {
  await world.call('teardown', { all: true });
  await world.end();
});

interface Attack {
  /** Committed, so that the baseline has it. */
  readonly baseline?: () => void;
  readonly change: () => void | Promise<void>;
  /** Between sandbox and run. */
  readonly later?: () => void;
  readonly steps: readonly string[];
  readonly fork?: readonly Data[];
}

async function play({ baseline, change, later, steps, fork }: Attack): Promise<Verdict> {
  world.reset();
  const start = world.git('rev-parse', 'HEAD');
  world.write('price/notes.txt', 'as it was\n');
  baseline?.();
  world.git('add', '-A');
  world.git('commit', '-q', '-m', 'baseline');
  try {
    await change();
    world.writePlan('attack', steps);
    const made = await world.call('provision_sandbox', {
      name: 'attack',
      ...(fork && { changes: fork }),
    });
    if (made.state !== 'ready') throw new Error(JSON.stringify(made));
    later?.();
    return world.kept(await world.call('run_plan', { plan: 'attack', sandbox: 'attack' })).verdict;
  } finally {
    await world.call('teardown', { all: true });
    world.git('reset', '-q', '--hard', start);
  }
}

const codes = ({ reasons }: Verdict) => reasons.map(({ code }) => code);
const compared = (path: string) =>
  `id: same\nsmart_diff: { requests: [{ id: ${path}, service: price, path: /${path} }] }\n`;
const asserted = 'id: cents\nhttp: { service: price, path: /quote }\nexpect: { body: { $.cents: 1250 } }\n';
const note = () => world.write('price/notes.txt', 'changed\n');
const edit = (from: string, to: string) => () => world.edit('price/handle.mjs', from, to);

test('control: nothing but a note changed', async () => {
  expect((await play({ change: note, steps: [asserted, compared('quote')] })).verdict).toBe('passed');
});

describe('an answer that says which process gave it', () => {
  test('passes where each process says its own pid, port and start', async () => {
    expect((await play({ change: note, steps: [compared('who')] })).verdict).toBe('passed');
  });

  test('fails where the fork says what is none of them', async () => {
    const change = edit('pid: process.pid', 'pid: 424_242');
    const verdict = await play({ change, steps: [compared('who')] });
    expect(codes(verdict)).toEqual(['breaking-finding']);
    expect(verdict.findings.map(({ rule, place }) => [rule, place])).toEqual([['value-changed', '$.pid']]);
  });
});

describe('a baseline that cannot be compared with', () => {
  test('answers 500, and so does the fork', async () => {
    const verdict = await play({ change: note, steps: [compared('broken')] });
    expect(codes(verdict)).toEqual(['fails-on-baseline']);
    expect(verdict.checks).toMatchObject([{ id: 'broken', outcome: 'fails-on-baseline' }]);
  });

  test('answers 500 now and then, and the fork always', async () => {
    const change = edit('asked % 2 ? 500 : 200', '500');
    const verdict = await play({ change, steps: [compared('flaky')] });
    expect(codes(verdict)).toEqual(['not-repeatable']);
    expect(verdict.reasons[0]?.message).toMatch(/200, 500|500, 200/);
  });

  test('breaks off now and then, and the fork always', async () => {
    const change = edit('asked % 2 ? null : {}', 'null');
    expect(codes(await play({ change, steps: [compared('dead')] }))).toEqual(['not-repeatable']);
  });

  test('sends what is too large to keep and never twice the same, and the fork lost a field of it', async () => {
    const change = edit('cents: 1250, at', 'at');
    const verdict = await play({ change, steps: [compared('large')] });
    expect(codes(verdict)).toEqual(['not-repeatable']);
    expect(verdict.reasons[0]?.message).toMatch(/^large is too large at \$ /);
  });

  test('answers 500 where a step wants just that', async () => {
    const step = 'id: broken\nhttp: { service: price, path: /broken }\nexpect: { status: 500 }\n';
    const same = 'id: same\nsmart_diff: { steps: [broken] }\n';
    expect((await play({ change: note, steps: [step, same] })).verdict).toBe('passed');
  });
});

describe('a change that is out of sight', () => {
  test('of a service whose `paths` the change itself narrowed', async () => {
    const change = () => {
      note();
      world.edit('front/server.mjs', '* 2', '* 3');
      world.edit('seatrial.yaml', 'paths: [front/**]', 'paths: [elsewhere/**]');
      world.edit('seatrial.yaml', 'services:', 'ignore: ["**"]\nservices:');
    };
    const fork = [{ service: 'price' }];
    expect(codes(await play({ change, fork, steps: [asserted] }))).toEqual(['not-forked']);
  });

  test('of the command of a service that is not forked', async () => {
    const baseline = () => world.edit('seatrial.yaml', 'paths: [price/**]', 'paths: [price/**, "*.yaml"]');
    const change = () => world.edit('seatrial.yaml', 'node front/server.mjs', 'node front/missing.mjs');
    const fork = [{ service: 'price' }];
    expect(codes(await play({ baseline, change, fork, steps: [asserted] }))).toEqual(['not-forked']);
  });

  test('of a file that keeps its size and time, where git is told to look no further', async () => {
    const file = join(world.repo, 'price/handle.mjs');
    const old = new Date(Date.now() - 100_000);
    const change = async () => {
      note();
      world.git('config', 'core.checkStat', 'minimal');
      world.git('config', 'core.trustctime', 'false');
      utimesSync(file, old, old);
      world.git('status');
      // git knows the time of a change to the second.
      await sleep(1100);
      world.edit('price/handle.mjs', '1250 })', '1666 })');
      utimesSync(file, old, old);
    };
    expect(codes(await play({ change, steps: [asserted] }))).toEqual(['step-failed']);
  });
});

describe('code that is not the working tree as it is', () => {
  test('edited after the fork was made, in a folder that is said to hold the plans', async () => {
    const baseline = () => {
      world.edit('seatrial.yaml', 'services:', 'plans: plans\nservices:');
      world.write('plans/rate.mjs', 'export const rate = 1;\n');
      world.edit('price/handle.mjs', 'export const quote', "import '../plans/rate.mjs';\nexport const quote");
    };
    const later = () => world.write('plans/rate.mjs', 'throw new Error();\n');
    expect(codes(await play({ baseline, change: note, later, steps: [asserted] }))).toContain('stale-fork');
  });

  test('reached by every side through a link into the working tree', async () => {
    const link = join(world.repo, 'price/handle.mjs');
    const baseline = () => {
      renameSync(link, join(world.repo, 'price/real.mjs'));
      symlinkSync(join(world.repo, 'price/real.mjs'), link);
    };
    const change = () => world.edit('price/real.mjs', '{ cents: 1250 }', '{}');
    const told = play({ baseline, change, steps: [compared('quote')] });
    await expect(told).rejects.toThrow(/symbolic link .*leads into the working tree/);
  });

  test('reached by every side through a command that names the working tree', async () => {
    const baseline = () => world.edit('seatrial.yaml', 'node price', `node ${world.repo}/price`);
    const told = play({ baseline, change: edit('{ cents: 1250 }', '{}'), steps: [compared('quote')] });
    await expect(told).rejects.toThrow(/price names the working tree by its absolute path/);
  });
});

describe('a fork that never works, and a neighbour that goes on without it', () => {
  const total = 'id: total\nhttp: { service: front, path: /soft }\nexpect: { body: { $.total: 2500 } }\n';
  const same = 'id: same\nsmart_diff: { requests: [{ id: soft, service: front, path: /soft }] }\n';
  const fails = (how: string) => edit('({ cents: 1250 })', how);

  test('control: it works', async () => {
    const verdict = await play({ change: note, steps: [total, same] });
    expect([verdict.verdict, verdict.warnings, verdict.proof.forks]).toMatchObject([
      'passed',
      [],
      [{ service: 'price', failed: 0 }],
    ]);
  });

  test.for([
    ['it answers 500', '({ status: 500, cents: null })'],
    ['it breaks the connection', 'null'],
    ['it breaks off in the middle of its answer', "'half'"],
    ['it never answers', "'nothing'"],
    ['it answers when nobody waits any more', '({ cents: 1250, afterMs: 900 })'],
  ] as const)('a step of which the default is good enough: %s', async ([, how]) => {
    const verdict = await play({ change: fails(how), steps: [total] });
    expect(codes(verdict)).toEqual(['failure-hidden', 'not-exercised']);
    expect(verdict.unproven).toEqual({ forks: ['price'], services: ['price'] });
  });

  test.for([
    ['it answers 500', '({ status: 500, cents: null })'],
    ['it breaks off in the middle of its answer', "'half'"],
  ] as const)('a compared request that is answered with the default: %s', async ([, how]) => {
    const verdict = await play({ change: fails(how), steps: [same] });
    expect(codes(verdict)).toEqual(['breaking-finding']);
    expect(verdict.findings).toMatchObject([
      { rule: 'calls-failed', place: 'failures:price', before: 0, after: 1, confirmed: true },
    ]);
  });

  test('a compared request that meets the failure now and then', async () => {
    const change = edit(
      'quote = () => ({ cents: 1250 })',
      'quote = (asked) => (asked % 2 ? { status: 500 } : { cents: 1250 })',
    );
    expect(codes(await play({ change, steps: [same] }))).toEqual(['failure-hidden']);
  });

  test('control: a neighbour that asks again, and is served then', async () => {
    const change = edit(
      'quote = () => ({ cents: 1250 })',
      'quote = (asked) => (asked === 0 ? { status: 500 } : { cents: 1250 })',
    );
    const step = 'id: total\nhttp: { service: front, path: /again }\nexpect: { body: { $.total: 2500 } }\n';
    const verdict = await play({ change, steps: [step] });
    expect(verdict.verdict).toBe('passed');
    expect(verdict.warnings).toEqual(['The fork of price failed 1 of 2 hops of total, and served the rest.']);
  });

  test('control: a failure that the step asks the fork itself for', async () => {
    const step = 'id: broken\nhttp: { service: price, path: /broken }\nexpect: { status: 500 }\n';
    expect((await play({ change: note, steps: [step] })).verdict).toBe('passed');
  });
});
