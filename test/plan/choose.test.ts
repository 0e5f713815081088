import { describe, expect, test } from 'vitest';
import { choosePlans } from '../../src/plan/choose.ts';
import { planTemplate } from '../../src/plan/template.ts';
import { config, good, planOf, service } from './helpers.ts';

const plan = (name: string, covers: string, to = 'tax', hint = 'Checks it.') =>
  good(
    planOf(`id: x\nhttp: { service: ${to}, path: / }`)
      .replace('name: a', `name: ${name}${covers === '' ? '' : `\ncovers: ${covers}`}`)
      .replace('Checks a.', hint),
  );
const file = (path: string, ...services: string[]) => ({ path, services, ignored: false });
const order = (choice: ReturnType<typeof choosePlans>) =>
  choice.plans.map(
    ({ plan: { name }, fits, reasons }) => `${fits ? '+' : '-'} ${name}: ${reasons.join('; ')}`,
  );

const plans = [
  plan('everything', ''),
  plan('pricing-only', '{ services: [pricing] }'),
  plan('both', '{ services: [pricing, tax] }'),
  plan('by-path', '{ services: [checkout], paths: ["services/pricing/rates/**"] }', 'checkout'),
  plan('by-request', '{ services: [checkout] }', 'pricing', 'Checks that a Cart can be paid.'),
  plan('other', '{ services: [checkout] }', 'checkout'),
];

describe('plans are ranked by the change', () => {
  test('best fit first, each match with its reason, the rest at the end', () => {
    const changed = [
      file('services/pricing/server.mjs', 'pricing'),
      file('services/pricing/rates/de.json', 'pricing'),
      file('services/pricing/rates/at.json', 'pricing'),
    ];
    expect(order(choosePlans({ plans, changed, services: config.services }))).toMatchInlineSnapshot(`
      [
        "+ pricing-only: covers pricing, where services/pricing/server.mjs, services/pricing/rates/de.json and 1 more changed",
        "+ both: covers pricing, where services/pricing/server.mjs, services/pricing/rates/de.json and 1 more changed",
        "+ by-path: its path services/pricing/rates/** matches services/pricing/rates/de.json and services/pricing/rates/at.json",
        "+ everything: covers every service, as it names none",
        "- by-request: ",
        "- other: ",
      ]
    `);
  });

  test('in the same order whatever order they come in', () => {
    const changed = [file('a', 'pricing', 'tax')];
    const straight = choosePlans({ plans, changed, services: config.services });
    const turned = choosePlans({
      plans: plans.toReversed(),
      changed: changed.toReversed(),
      services: config.services,
    });
    expect(turned).toEqual(straight);
  });

  test('with every word of the query in name or hint', () => {
    const query = (words: string) =>
      choosePlans({ plans, changed: [], services: config.services, query: words }).plans.map(
        ({ plan: { name } }) => name,
      );
    expect(query('cart PAID')).toEqual(['by-request']);
    expect(query('cart nothing')).toEqual([]);
    expect(query('  ')).toHaveLength(plans.length);
    expect(query('.*')).toEqual([]);
  });

  test('files that need no check choose nothing', () => {
    const changed = [{ ...file('README.md', 'pricing'), ignored: true }];
    const choice = choosePlans({ plans, changed, services: config.services });
    expect(choice.plans.every(({ fits }) => !fits)).toBe(true);
    expect(choice.uncovered).toEqual([]);
  });
});

describe('a changed service that no plan covers', () => {
  test('is named, with a plan to start from that parses and fits', () => {
    const some = plans.filter(({ name }) => name.startsWith('by') || name === 'other');
    const choice = choosePlans({
      plans: some,
      changed: [file('a', 'tax'), file('b', 'pricing')],
      services: config.services,
    });
    expect(choice.uncovered).toEqual(['pricing', 'tax']);
    expect(choice.template).toMatchInlineSnapshot(`
      {
        "file": "pricing-contract.md",
        "name": "pricing-contract",
        "text": "---
      seatrial: 1
      name: pricing-contract
      selectionHint: "Checks that pricing answers as before. Pick when its code changes."
      covers: { services: ["pricing"] }
      ---
      # The answers of pricing stay as they are

      Put a path that callers of the service ask for in place of the one below, and add their other requests. Each step is
      one request; a step that only prepares or cleans up is marked \`proof: none\`.

      ## Ask for what callers ask for

      \`\`\`yaml step
      id: first
      http: { service: "pricing", method: GET, path: /put-a-path-of-its-callers-here }
      expect:
        status: 200
      \`\`\`

      ## Compare the answers with the baseline's

      \`\`\`yaml step
      id: same
      smart_diff: { steps: [first] }
      \`\`\`
      ",
      }
    `);
    const made = good(choice.template?.text ?? '');
    const again = choosePlans({
      plans: [...some, made],
      changed: [file('b', 'pricing')],
      services: config.services,
    });
    expect(again.uncovered).toEqual([]);
    expect(again.plans[0]?.plan.name).toBe('pricing-contract');
  });

  test('gets a plan name that is free', () => {
    const taken = plan('pricing-contract', '{ services: [tax] }');
    const choice = choosePlans({
      plans: [taken],
      changed: [file('b', 'pricing')],
      services: config.services,
    });
    expect(choice.template?.name).toBe('pricing-contract-2');
  });

  test.each(['Pricing.API', '1st', '__', 'a"b', 'ünï', 'x'.repeat(90)])('named %s still gets one', (name) => {
    expect(planTemplate(service(name)).name).toMatch(/^[a-z][a-z0-9-]*$/);
  });
});
