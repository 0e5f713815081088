import { describe, expect, test } from 'vitest';
import {
  inspectionText,
  type ReportedInspection,
  type ReportedSandbox,
  sandboxText,
} from '../../src/report/sandbox.ts';
import type { ForkStatus } from '../../src/sandbox/sandbox.ts';
import { hostile, sandbox } from './samples.ts';

const view: ReportedSandbox = {
  sandbox,
  urls: { checkout: 'http://127.0.0.1:4001', pricing: 'http://127.0.0.1:4002' },
  headers: { baggage: 'seatrial=abcdefghij0123456789' },
  unmapped: ['stray.txt'],
  warnings: [],
};
const fork = sandbox.forks[0] as ForkStatus;
const broken: ForkStatus = {
  ...fork,
  ready: false,
  reason: 'exited',
  message: 'It exited with code 1 after 0.2 s.',
  restarts: 2,
  logTail: ['listening', hostile],
};
const failing: ReportedSandbox = {
  ...view,
  sandbox: {
    ...sandbox,
    state: 'failed',
    forks: [broken],
    reason: { code: 'service-exited', message: 'pricing exited with code 1.', next: 'Mend server.mjs.' },
  },
  urls: {},
  headers: {},
};
const inspection: ReportedInspection = {
  view,
  receipt: {
    complete: true,
    counts: [
      { correlation: 'a', service: 'pricing', destination: 'fork', count: 2, failed: 1 },
      { correlation: 'b', service: 'pricing', destination: 'fork', count: 1, failed: 1 },
    ],
  },
  hops: [
    {
      correlation: 'abcdefgh',
      service: 'pricing',
      destination: 'fork',
      status: 200,
      durationMs: 3.4,
      at: '2026-11-22T10:00:01Z',
      refusal: null,
      instance: 'x',
    },
    {
      correlation: null,
      service: 'pricing',
      destination: 'refused',
      status: 503,
      durationMs: 0,
      at: '2026-11-22T10:00:02Z',
      refusal: 'not-ready',
      instance: null,
    },
  ],
  runs: [{ run: 'r-7', plan: null, state: 'done', verdict: 'failed', startedAt: '2026-11-22T10:00:00Z' }],
  logs: { pricing: [...Array.from({ length: 40 }, (_, index) => `line ${index}`), hostile] },
};

describe('a sandbox in words', () => {
  test('ready', () =>
    expect(sandboxText(view)).toMatchInlineSnapshot(`
      "Sandbox pr-42 is ready (snapshot 40 ms, start 210 ms).
      Forks:
      - pricing from tree 222222222…: ready
      Send requests through these addresses; the routing key is put on for you:
      - checkout: http://127.0.0.1:4001
      - pricing: http://127.0.0.1:4002
      Services have to pass this header on to those that they call:
      - baggage: seatrial=abcdefghij0123456789
      Changed files that belong to no service: stray.txt.
      Baseline 1111111111111111111111111111111111111111, merge base with origin/main. Expires 2026-11-22T10:30:00Z unless used.
      Next: list_plans {}, then run_plan { "plan": "…", "sandbox": "pr-42" }"
    `));
  test('failed, with the last log lines as data', () => expect(sandboxText(failing)).toMatchSnapshot());
  test('inspected', () => expect(inspectionText([inspection])).toMatchSnapshot());
  test('none', () =>
    expect(inspectionText([])).toMatchInlineSnapshot(`
    "No sandbox of yours exists here.
    Next: provision_sandbox {}"
  `));
  test.each(['provisioning', 'expiring', 'gone'] as const)('%s, with the next call', (state) =>
    expect(
      sandboxText({ ...view, sandbox: { ...sandbox, state } })
        .split('\n')
        .at(-1),
    ).toMatchSnapshot(),
  );
});

test('the texts are bounded, and end in the next call, whatever the services logged', () => {
  const long = hostile.repeat(500);
  const odd: ReportedInspection = {
    ...inspection,
    view: {
      ...failing,
      sandbox: {
        ...failing.sandbox,
        name: long,
        forks: Array(60).fill({ ...broken, message: long, logTail: Array(50).fill(long) }),
      },
      urls: Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`s${index}${long}`, long])),
      headers: { [long]: long },
      unmapped: Array(500).fill(long),
      warnings: Array(50).fill(long),
    },
    hops: Array(500).fill({ ...inspection.hops[0], at: long }),
    runs: Array(500).fill({ ...inspection.runs[0], run: long }),
    logs: Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`s${index}`, Array(100).fill(long)])),
  };
  for (const text of [
    sandboxText(odd.view),
    inspectionText([odd]),
    inspectionText(Array(20).fill(odd)),
    inspectionText(Array(40).fill(inspection)),
  ]) {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(7000);
    expect(text.split('\n').at(-1)).toMatch(/^Next: /);
    expect(text).not.toMatch(/^#/m);
  }
});
