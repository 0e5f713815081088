import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from '../../src/diff/fingerprint.ts';
import type { Evidence } from '../../src/verdict/evidence.ts';
import type { ReasonCode } from '../../src/verdict/reason-kinds.ts';
import type { Data, World } from './world.ts';

/**
 * How each reason of a verdict is produced for real. `docs/errors.md` lists the names; `inconclusive.test.ts` plays
 * them through the built program, and judges what was kept of each run again with its reason taken out.
 */
export interface Scenario {
  readonly code: ReasonCode;
  readonly name: string;
  /** Changes of the working tree before the sandbox is made, beside the harmless one that is always there. */
  readonly change?: (world: World) => void;
  /** What to fork; null: what changed. */
  readonly fork?: readonly Data[];
  readonly covers?: readonly string[];
  readonly steps: readonly string[];
  /** Between sandbox and run. */
  readonly before?: (world: World, sandbox: Data) => Promise<void> | void;
  /** While the step `gate` of the run waits. */
  readonly during?: (world: World) => Promise<void> | void;
  /** All codes of the verdict, in its order. */
  readonly codes: readonly ReasonCode[];
  /** Its codes with this reason's rule taken out, where others come up then; none: it passes. */
  readonly remaining?: readonly ReasonCode[];
  /** What message and next step must name. */
  readonly message: RegExp;
  readonly next: RegExp;
}

/** A fact that no local engine brings about: the evidence of a real run that passed, with that one thing changed. */
export interface Fact {
  readonly code: ReasonCode;
  readonly name: string;
  readonly whyNot: string;
  readonly alter: (evidence: Evidence) => Evidence;
  readonly message: RegExp;
  readonly next: RegExp;
}

const http = (id: string, service: string, path: string, more = '') =>
  `id: ${id}\nhttp: { service: ${service}, path: ${path} }\n${more}`;
const ok = 'expect: { status: 200 }\n';
const set = 'proof: none\n';
const total = 'expect: { status: 200, body: { $.total: 2500 } }\n';
export const cart = http('cart', 'front', '/cart', total);
const gate = http('gate', 'front', '/gate', set);
const soft = http('soft', 'front', '/soft', total);
const compared = 'id: same\nsmart_diff: { requests: [{ id: quote, service: price, path: /price }] }\n';

const quote = 'price/quote.mjs';
export const sandbox = 'guard';

export const scenarios: readonly Scenario[] = [
  {
    code: 'stale-fork',
    name: 'stale-fork: the service is edited after its fork was made',
    steps: [cart],
    before: (world) => world.edit(quote, '1250', '1251'),
    codes: ['stale-fork'],
    message: /^The fork of price was not made from .*price\/quote\.mjs/,
    next: /^Update the sandbox with provision_sandbox/,
  },
  {
    code: 'stale-fork',
    name: 'stale-fork: the service is edited while the plan runs',
    steps: [cart, gate],
    during: (world) => world.edit(quote, '1250', '1251'),
    codes: ['stale-fork'],
    message: /^The fork of price was not made from .*price\/quote\.mjs/,
    next: /without editing meanwhile/,
  },
  {
    code: 'fork-restarted',
    name: 'fork-restarted: the sandbox is updated while the plan runs',
    steps: [cart, gate],
    during: async (world) => {
      const changes = [{ service: 'price', env: { AGAIN: '1' } }];
      await world.call('provision_sandbox', { sandbox, changes });
    },
    codes: ['fork-restarted'],
    message: /^The fork of price was restarted or replaced during the run/,
    next: /Let the sandbox be/,
  },
  {
    code: 'sandbox-gone',
    name: 'sandbox-gone: the sandbox is torn down while the plan runs',
    steps: [cart, gate],
    during: async (world) => {
      await world.call('teardown', { sandbox });
    },
    codes: ['sandbox-gone'],
    message: /^Sandbox guard was torn down or expired during the run/,
    next: /^Provision it anew with provision_sandbox/,
  },
  {
    code: 'receipts-incomplete',
    name: 'receipts-incomplete: a request is answered before any router saw it',
    // The gateway itself refuses what a page of another site would send.
    steps: [
      cart,
      'id: page\nhttp: { service: price, path: /price, headers: { origin: "https://elsewhere.example" } }\nexpect: { status: 403 }\n',
    ],
    codes: ['receipts-incomplete'],
    remaining: ['not-exercised'],
    message: /no router counted the request of page/,
    next: /^Run again/,
  },
  {
    code: 'nothing-checked',
    name: 'nothing-checked: every step of the plan is marked proof: none',
    steps: [http('cart', 'front', '/cart', set)],
    codes: ['nothing-checked'],
    remaining: ['not-exercised'],
    message: /^Nothing was compared or asserted/,
    next: /`expect`.*`smart_diff`/,
  },
  {
    code: 'breaking-finding',
    name: 'breaking-finding: the fork answers without a field',
    change: (world) => world.edit(quote, ', cents: 1250', ''),
    steps: [compared],
    codes: ['breaking-finding'],
    message: /^quote \(GET \/price of price\) .*removed-field at \$\.cents/,
    next: /seatrial\.expected\.yaml/,
  },
  {
    code: 'step-failed',
    name: 'step-failed: the fork gets the price wrong, and a neighbour shows it',
    change: (world) => world.edit(quote, '1250', '1300'),
    steps: [cart],
    codes: ['step-failed'],
    message: /^Step cart fails in the sandbox and holds on the baseline: .*2600/,
    next: /^Fix the code/,
  },
  {
    code: 'fork-crashed',
    name: 'fork-crashed: the fork exits while it serves',
    change: (world) => world.edit(quote, "({ sku: 'mug', cents: 1250 })", 'process.exit(3)'),
    steps: [cart],
    codes: ['step-failed', 'fork-crashed'],
    message: /^The fork of price exited with code 3 while it served the run/,
    next: /inspect_sandbox \(logs\)/,
  },
  {
    code: 'expected-change-absent',
    name: 'expected-change-absent: the change that a file promises did not happen',
    change: (world) => expectFinding(world, removedCents),
    steps: [compared],
    codes: ['expected-change-absent'],
    message: /was exercised and did not happen: the price has no cents/,
    next: /^Make the change/,
  },
  {
    code: 'failure-hidden',
    name: 'failure-hidden: the fork answers 500, and a neighbour falls back to a default',
    change: (world) => world.edit(quote, '(path) => false', "(path) => path === '/price'"),
    steps: [soft, http('flip', 'price', '/flip', ok)],
    codes: ['failure-hidden'],
    message: /^The fork of price failed all that the step soft asked of it .*a neighbour went on without it/,
    next: /^Read the log of price with inspect_sandbox/,
  },
  {
    code: 'failure-hidden',
    name: 'failure-hidden: the same where no other request reaches the fork',
    change: (world) => world.edit(quote, '(path) => false', '(path) => true'),
    steps: [soft],
    codes: ['failure-hidden', 'not-exercised'],
    remaining: ['not-exercised'],
    message: /^The fork of price failed all that the step soft asked of it/,
    next: /^Read the log of price with inspect_sandbox/,
  },
  {
    code: 'not-exercised',
    name: 'not-exercised: a service on the way drops the key, and the old code answers',
    steps: [http('stray', 'front', '/stray', total)],
    codes: ['not-exercised', 'not-exercised'],
    message: /stray reached no fork of the sandbox; it went through front \(baseline\)/,
    next: /pass the header `baggage` on/,
  },
  {
    code: 'not-exercised',
    name: 'not-exercised: the plan never reaches the fork',
    steps: [http('about', 'front', '/about', ok)],
    codes: ['not-exercised', 'not-exercised'],
    message: /about reached no fork of the sandbox/,
    next: /Send it to a service that is forked/,
  },
  {
    code: 'not-exercised',
    name: 'not-exercised: one of two forks gets no request',
    change: (world) => world.edit('front/server.mjs', "'/about'", "'/info'"),
    steps: [compared],
    codes: ['not-exercised'],
    message: /^No request of a check reached the fork of front/,
    next: /^Add a step whose request reaches front/,
  },
  {
    code: 'baseline-touched-fork',
    name: 'baseline-touched-fork: a service of the baseline calls with the key of the sandbox',
    steps: ['id: same\nsmart_diff: { requests: [{ id: foreign, service: front, path: /foreign }] }\n'],
    before: ({ gate: folder }, { key }) => writeFileSync(join(folder, 'key'), String(key)),
    codes: ['baseline-touched-fork'],
    message: /^The baseline's request of foreign was served by a fork/,
    next: /routing key of its own/,
  },
  {
    code: 'not-covered',
    name: 'not-covered: the plan is for a service that is not forked',
    covers: ['front'],
    steps: [cart],
    codes: ['not-covered'],
    message: /^The plan guard covers none of the forks \(price\)/,
    next: /^Ask list_plans/,
  },
  {
    code: 'unmapped-change',
    name: 'unmapped-change: a changed file belongs to no service',
    change: (world) => world.write('lib/money.mjs', 'export const cents = 100;\n'),
    steps: [cart],
    codes: ['unmapped-change'],
    message: /belong to no service: lib\/money\.mjs/,
    next: /`paths`.*`ignore`/,
  },
  {
    code: 'not-forked',
    name: 'not-forked: one of two changed services is provisioned',
    change: (world) => world.edit('front/server.mjs', "'/about'", "'/info'"),
    fork: [{ service: 'price' }],
    steps: [cart],
    codes: ['not-forked'],
    message: /^front was changed, but the sandbox has no fork of it/,
    next: /^Add front with provision_sandbox/,
  },
  {
    code: 'fails-on-baseline',
    name: 'fails-on-baseline: a step fails on both sides',
    steps: [http('cart', 'front', '/cart', 'expect: { status: 201 }\n')],
    codes: ['fails-on-baseline'],
    message: /cart fails on the baseline too/,
    next: /target: baseline/,
  },
  {
    code: 'not-repeatable',
    name: 'not-repeatable: a step holds in every other pass over the baseline',
    change: (world) => world.edit(quote, 'asked % 2 === 0', 'asked === -1'),
    steps: [http('flip', 'price', '/flip', ok)],
    codes: ['not-repeatable'],
    message: /^Step flip holds in one pass over the baseline and fails in another/,
    next: /unique/,
  },
  {
    code: 'passes-missing',
    name: 'passes-missing: the fork ended before its turn came, so nothing was sent to it',
    change: (world) =>
      world.write(
        quote,
        `import { existsSync } from 'node:fs';\nsetInterval(() => existsSync(process.env.GATE + '/die') && process.exit(3), 5);\nexport const headers = {};\nexport const quote = () => ({});\nexport const flip = () => true;\nexport const fails = () => false;\n`,
      ),
    steps: [http('about', 'front', '/about', ok), gate, cart],
    during: async (world) => {
      writeFileSync(join(world.gate, 'die'), '');
      await failed(world);
    },
    codes: ['not-exercised', 'not-exercised', 'passes-missing', 'step-not-sent'],
    message: /^Sandbox guard is failed/,
    next: /^Run again/,
  },
  {
    code: 'suspicious-finding',
    name: 'suspicious-finding: the fork answers without a header',
    change: (world) => world.edit(quote, "{ 'x-tier': 'edge' }", '{}'),
    steps: [compared],
    codes: ['suspicious-finding'],
    message: /^quote answers differently in a way that may matter: header-removed at header:x-tier/,
    next: /seatrial\.expected\.yaml/,
  },
  {
    code: 'contract-narrowed',
    name: 'contract-narrowed: the document of the service asks for a parameter more',
    change: (world) =>
      world.edit('price/openapi.json', '[]', '[{ "in": "query", "name": "currency", "required": true }]'),
    steps: [compared],
    codes: ['contract-narrowed'],
    message:
      /^By price\/openapi\.json, price takes fewer requests .*: request-required at request:query\.currency of GET \/price/,
    next: /seatrial\.expected\.yaml/,
  },
  {
    code: 'expected-change-not-exercised',
    name: 'expected-change-not-exercised: the file promises a change of another request',
    change: (world) => expectFinding(world, '111111111111-222222222222'),
    steps: [compared],
    codes: ['expected-change-not-exercised'],
    message: /exercises the expected change .*: the price has no cents/,
    next: /^Run a plan/,
  },
  {
    code: 'step-not-sent',
    name: 'step-not-sent: the step before gave no value',
    steps: [`${cart}capture: { id: $.id }\n`, http('again', 'front', '"/cart?id={{ steps.cart.id }}"', ok)],
    codes: ['step-not-sent'],
    message: /^again was not sent: .*steps\.cart\.id/,
    next: /`capture`/,
  },
];

/** Waits until the fork is seen to have ended. */
async function failed(world: World): Promise<void> {
  for (;;) {
    const { sandboxes } = await world.call('inspect_sandbox', { sandbox });
    if (Array.isArray(sandboxes) && sandboxes[0]?.state === 'failed') return;
  }
}

/** Of the finding that the scenario of `breaking-finding` makes: its test compares it. */
export const removedCents = fingerprint(
  { service: 'price', method: 'GET', pathTemplate: '/price' },
  { statusClass: '2xx', rule: 'removed-field', place: '$.cents' },
);

function expectFinding(world: World, print: string): void {
  const base = world.git('rev-parse', 'HEAD');
  world.write(
    'seatrial.expected.yaml',
    `seatrial: 1\nexpected:\n  - { fingerprint: "${print}", reason: wanted, base: "${base}", expected: the price has no cents }\n`,
  );
}

const forks = (evidence: Evidence, change: object): Evidence => {
  const altered = (all: Evidence['forks']['before']) => all.map((fork) => ({ ...fork, ...change }));
  const { before, after } = evidence.forks;
  return { ...evidence, forks: { ...evidence.forks, before: altered(before), after: altered(after) } };
};

export const facts: readonly Fact[] = [
  {
    code: 'unknown-revision',
    name: 'unknown-revision: the image of the fork names none',
    whyNot: 'The local engine makes forks from trees alone; images belong to Kubernetes.',
    alter: (evidence) =>
      forks(evidence, { revision: { kind: 'image', image: 'shop/price:1', digest: null, revision: null } }),
    message: /^The image of the fork of price names no revision/,
    next: /^Pass `revision` with the image/,
  },
  {
    code: 'live-fork',
    name: 'live-fork: code was swapped into the running fork',
    whyNot: 'The local engine has no --live: a fork is started once, from a snapshot.',
    alter: (evidence) => forks(evidence, { live: true }),
    message: /^The fork of price runs live/,
    next: /without --live/,
  },
  {
    code: 'receipts-incomplete',
    name: 'receipts-incomplete: the routers lost what they had counted',
    whyNot: 'The routers live in the host, and a run ends with it.',
    alter: (evidence) => ({
      ...evidence,
      receipts: { ...evidence.receipts, complete: false, incompleteReason: 'a router was restarted' },
    }),
    message: /^The receipts are incomplete: a router was restarted/,
    next: /^Run again/,
  },
];
