import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Agent, startAgent } from '../../src/cli/demo/agent.ts';
import { makeScratch, type Scratch } from '../../src/cli/demo/scratch.ts';
import { repositoryRoot } from '../shop/start-shop.ts';
import { binary } from '../support/binary.ts';

const services = ['accounts', 'catalog', 'checkout', 'pricing', 'storefront'];
const plans = ['accounts-sign-in', 'catalog-items', 'checkout-order', 'pricing-quotes', 'storefront-pages'];

let scratch: Scratch;
let agent: Agent;
beforeAll(async () => {
  scratch = await makeScratch(repositoryRoot, process.env);
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, SEATRIAL_HOME: scratch.home };
  agent = await startAgent({ execPath: process.execPath, main: binary }, scratch.shop, {
    ...env,
    SEATRIAL_HOST_IDLE_SECONDS: '0.2',
  });
});
afterAll(async () => {
  await agent.call('teardown', { all: true });
  await agent.close();
  await scratch.remove();
});

/** The shop is full of noise: ids, timestamps, signed links, a shuffled list, a banner by coin, counters. */
describe('the unchanged shop', () => {
  test('passes 20 runs of its plans without a finding, harmless ones included', {
    timeout: 300_000,
  }, async () => {
    const changes = services.map((service) => ({ service, ref: 'main' }));
    const { sandbox, state } = await agent.call('provision_sandbox', { changes });
    expect(state).toBe('ready');
    for (let round = 0; round < 4; round += 1) {
      for (const plan of plans) {
        const run = await agent.call('run_plan', { plan, sandbox });
        expect({ plan, verdict: run.verdict, findings: run.findings, reasons: run.reasons }).toEqual({
          plan,
          verdict: 'passed',
          findings: [],
          reasons: [],
        });
      }
    }
  });
});
