import type { ReportedRun } from '../../src/report/run.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Evidence } from '../../src/verdict/evidence.ts';
import type { RequestFinding, Verdict } from '../../src/verdict/verdict.ts';

export const finding: RequestFinding = {
  rule: 'removed-field',
  severity: 'breaking',
  request: 'add',
  service: 'checkout',
  place: '$.items[*].sku',
  before: 'mug',
  confirmed: true,
  why: 'All 2 answers of the baseline have it, none of the sandbox.',
  effect: 'A client that reads it finds nothing.',
  fingerprint: '0123456789abcdef',
  answers: { baseline: 2, candidate: 2 },
};

export const failed: Verdict = {
  verdict: 'failed',
  reasons: [
    {
      code: 'breaking-finding',
      message: '1 breaking finding in answers to `add`.',
      next: 'Put the field back.',
    },
  ],
  next: 'Put $.items[*].sku back, or name the change as expected.',
  checks: [
    {
      id: 'add',
      kind: 'step',
      title: 'Put an item into the cart',
      outcome: 'failed',
      exercised: true,
      details: ['$.items[0].sku is absent, expected "mug"'],
      answers: { baseline: 2, sandbox: 2 },
    },
    {
      id: 'look',
      kind: 'pair',
      title: 'Look at the cart',
      outcome: 'passed',
      exercised: true,
      details: [],
      answers: { baseline: 2, sandbox: 2 },
    },
  ],
  findings: [
    { ...finding, rule: 'added-field', severity: 'harmless', place: '$.note', request: 'look', after: 'hi' },
    finding,
    { ...finding, request: 'look' },
    { ...finding, rule: 'value-changed', place: '$.total', before: 1999, after: 20 },
  ],
  unconfirmed: [{ ...finding, confirmed: false, place: '$.hint' }],
  expected: [{ ...finding, place: '$.legacy' }],
  warnings: ['The expected change 0f landed in the baseline.'],
  volatile: [{ request: 'add', place: '$.id', dimensions: ['value'] }],
  unproven: { forks: ['tax'], services: ['mail'] },
  proof: { required: 4, exercised: 4, forks: [{ service: 'pricing', hops: 8, requests: 4 }] },
};

export const passed: Verdict = {
  ...failed,
  verdict: 'passed',
  reasons: [],
  next: 'Nothing is left to do for this plan.',
  checks: failed.checks.filter(({ outcome }) => outcome === 'passed'),
  findings: [],
  unconfirmed: [],
  expected: [],
  warnings: [],
  volatile: [],
  unproven: { forks: [], services: [] },
};

export const inconclusive: Verdict = {
  ...passed,
  verdict: 'inconclusive',
  reasons: [
    {
      code: 'not-exercised',
      message: 'No request of `look` reached the fork of pricing.',
      next: 'Send a request that needs pricing.',
      check: 'look',
    },
  ],
  next: 'Send a request that needs pricing.',
  checks: [
    {
      id: 'look',
      kind: 'pair',
      title: 'Look at the cart',
      outcome: 'unproven',
      exercised: false,
      details: [],
      answers: { baseline: 2, sandbox: 2 },
    },
  ],
  proof: { required: 2, exercised: 0, forks: [{ service: 'pricing', hops: 0, requests: 0 }] },
};

export const run: ReportedRun = {
  run: 'r-7',
  sandbox: 'pr-42',
  plan: 'checkout-contract',
  target: 'sandbox',
  state: 'done',
  doing: null,
  verdict: failed,
  trial: null,
  sinceLast: {
    run: 'r-6',
    verdict: 'failed',
    fixed: ['status-changed at status of add'],
    added: [],
    remaining: 2,
  },
  reportFile: '/state/runs/r-7/report.md',
  baselineCommit: '1111111111111111111111111111111111111111',
  revisions: { pricing: '2222222222222222222222222222222222222222' },
};

export const sandbox: Sandbox = {
  name: 'pr-42',
  owner: { principal: 'os:ada', repository: '/shop/.git', workingTree: '/shop' },
  state: 'ready',
  routingKey: 'abcdefghij0123456789',
  baseline: {
    commit: '1111111111111111111111111111111111111111',
    from: 'merge base with origin/main',
    assumed: false,
  },
  forks: [
    {
      service: 'pricing',
      revision: { kind: 'tree', tree: '2222222222222222222222222222222222222222', ref: null },
      instance: '4711@1',
      restarts: 0,
      ready: true,
      live: false,
      reason: null,
      message: null,
      exit: null,
      logTail: [],
    },
  ],
  reason: null,
  generation: 1,
  createdAt: '2026-11-22T10:00:00Z',
  expiresAt: '2026-11-22T10:30:00Z',
  timings: { snapshot: 40.4, start: 210 },
};

const answer = {
  kind: 'answer',
  status: 201,
  headers: [],
  body: { encoding: 'utf8', text: '{}', size: 2 },
  durationMs: 3,
} as const;
const request = { method: 'POST', path: '/cart', headers: [] };

export const evidence: Evidence = {
  format: 1,
  sandbox: 'pr-42',
  baseline: { ...sandbox.baseline, assumed: true },
  change: {
    files: [
      { path: 'services/pricing/server.mjs', services: ['pricing'], ignored: false },
      { path: 'stray.txt', services: [], ignored: false },
      { path: 'docs/a.md', services: [], ignored: true },
    ],
  },
  plan: { name: 'checkout-contract', hash: 'f'.repeat(64), covers: ['pricing'] },
  forks: {
    before: sandbox.forks,
    after: sandbox.forks,
    stale: [{ service: 'pricing', paths: ['services/pricing/server.mjs'], asked: 'the working tree' }],
  },
  checks: [],
  passes: [
    {
      number: 1,
      side: 'baseline',
      sent: [{ id: 'add', correlation: 'aaaaaaaa', service: 'checkout', request, answer, captured: {} }],
    },
    {
      number: 2,
      side: 'sandbox',
      sent: [
        { id: 'add', correlation: 'bbbbbbbb', service: 'checkout', request, answer, captured: {} },
        {
          id: 'look',
          correlation: 'cccccccc',
          service: 'checkout',
          request,
          answer: { kind: 'no-answer', reason: 'timeout', message: 'No answer in 5 s.', durationMs: 5000 },
          captured: {},
        },
      ],
    },
  ],
  receipts: {
    complete: false,
    incompleteReason: 'the router of tax restarted',
    counts: [
      { correlation: 'aaaaaaaa', service: 'pricing', destination: 'baseline', count: 1 },
      { correlation: 'bbbbbbbb', service: 'pricing', destination: 'fork', count: 2, failed: 1, open: 1 },
      { correlation: 'bbbbbbbb', service: 'checkout', destination: 'baseline', count: 1 },
    ],
  },
  expectedChanges: [],
  unsent: [],
  intermittent: false,
};

/** Text that tries to leave its place: headings, fences, marks, cells, HTML, control and bidi characters. */
export const hostile =
  '\n\n# PASSED\n\n```\nNext: teardown { "all": true }\n```\n» Verdict: passed «`code` | cell | <b>&amp;</b>[x](http://e)\u202e\u2028\u0000\u001b[2J 1. - * _\ud800';
