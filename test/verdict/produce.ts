import { compareDocuments } from '../../src/diff/contract/request/compare.ts';
import type { Evidence } from '../../src/verdict/evidence.ts';
import { judge } from '../../src/verdict/judge.ts';
import type { ReasonCode } from '../../src/verdict/reason-kinds.ts';
import { answer, answering, counting, fork, pair, passing, step } from './fixture.ts';

const exit = { exitCode: 1, signal: null, outOfMemory: false };
const forks = (change: Partial<Evidence['forks']>) => ({ ...passing().forks, ...change });
const entry = (fingerprint: string, base = 'a'.repeat(40)) => ({
  fingerprint,
  reason: 'wanted',
  base,
  expected: 'the price has two decimals',
  addedByChange: true,
});

const limit = { in: 'query', name: 'limit', required: true };
const paths = (get: object) => ({ openapi: '3.1.0', paths: { '/quote': { get } } });

/** A field of the compared request that only the baseline has. */
export const fieldGone = (evidence: Evidence = passing()) =>
  answering(evidence, 'quote', (side) =>
    side === 'sandbox' ? answer({ sku: 'mug', currency: 'EUR' }) : null,
  );

/** The step `add` answers 500 where `where` says so. */
export const addFails = (where: (side: 'baseline' | 'sandbox', n: number) => boolean) =>
  answering(passing(), 'add', (side, n) => (where(side, n) ? answer({ error: 'no' }, 500) : null));

/** Hops fail as `where` says, by request, service and destination; the answers stay as they are. */
export const hopsFail = (
  where: (request: string, service: string, destination: string) => boolean,
  evidence = passing(),
) =>
  counting(evidence, (one) => {
    const fails = where(one.correlation ?? '', one.service, one.destination);
    return [{ ...one, failed: fails ? one.count : 0 }];
  });

/** An entry of the endpoint of `quote` that no finding matches. */
export function absentEntry(): Evidence['expectedChanges'][number] {
  const fingerprint = judge(fieldGone()).findings[0]?.fingerprint ?? 'none';
  return entry(`${fingerprint.split('-')[0]}-000000000000`);
}

/** For each reason, evidence that has this one and, where that can be, no other. */
export const produce: Readonly<Record<ReasonCode, () => Evidence>> = {
  'stale-fork': () => ({
    ...passing(),
    forks: forks({
      stale: [{ service: 'pricing', paths: ['services/pricing/a.mjs'], asked: 'the working tree' }],
    }),
  }),
  'unknown-revision': () => {
    const image = fork('pricing', {
      revision: { kind: 'image', image: 'r/p:1', digest: null, revision: null },
    });
    return { ...passing(), forks: forks({ before: [image], after: [image] }) };
  },
  'live-fork': () => {
    const live = fork('pricing', { live: true });
    return { ...passing(), forks: forks({ before: [live], after: [live] }) };
  },
  'fork-restarted': () => ({
    ...passing(),
    forks: forks({ after: [fork('pricing', { instance: 'pricing-2', restarts: 1 })] }),
  }),
  'sandbox-gone': () => ({ ...passing(), forks: forks({ after: [] }) }),
  'receipts-incomplete': () => ({
    ...passing(),
    receipts: { ...passing().receipts, complete: false, incompleteReason: 'a router restarted' },
  }),
  'nothing-checked': () => ({
    ...passing(),
    plan: null,
    checks: [step('setup', { expect: { status: 200 }, proof: 'none' }), step('add', { expect: null })],
  }),
  'breaking-finding': () => fieldGone(),
  'step-failed': () => addFails((side) => side === 'sandbox'),
  'fork-crashed': () => ({
    ...passing(),
    forks: forks({ after: [fork('pricing', { ready: false, reason: 'exited', exit })] }),
  }),
  'expected-change-absent': () => ({ ...passing(), expectedChanges: [absentEntry()] }),
  'not-exercised': () =>
    counting(passing(), (count) =>
      count.correlation?.startsWith('add') && count.destination === 'fork' ? [] : [count],
    ),
  'failure-hidden': () => hopsFail((id, _, at) => at === 'fork' && id.startsWith('add')),
  'baseline-touched-fork': () =>
    counting(passing(), (count) =>
      count.correlation === 'quote000' ? [{ ...count, destination: 'fork' }] : [count],
    ),
  'not-covered': () => ({
    ...passing(),
    plan: { name: 'tax-contract', hash: 'h', covers: ['tax'] },
  }),
  'unmapped-change': () => ({
    ...passing(),
    change: {
      files: [...passing().change.files, { path: 'lib/money.mjs', services: [], ignored: false }],
    },
  }),
  'not-forked': () => ({
    ...passing(),
    change: {
      files: [...passing().change.files, { path: 'services/tax/a.mjs', services: ['tax'], ignored: false }],
    },
  }),
  'fails-on-baseline': () => addFails(() => true),
  'not-repeatable': () => addFails((side, n) => side === 'baseline' && n === 1),
  'passes-missing': () => ({
    ...passing(),
    unsent: [{ code: 'time-limit', message: 'The time limit of the run was over.' }],
  }),
  'suspicious-finding': () =>
    answering(passing(), 'quote', (side) =>
      answer(
        { sku: 'mug', price: 5, currency: 'EUR' },
        200,
        side === 'baseline' ? [['x-cache-tier', 'edge']] : [],
      ),
    ),
  'contract-narrowed': () => ({
    ...passing(),
    contracts: [
      {
        service: 'pricing',
        file: 'pricing/openapi.yaml',
        ...compareDocuments('pricing', paths({}), paths({ parameters: [limit] })),
      },
    ],
  }),
  'expected-change-not-exercised': () => ({
    ...passing(),
    expectedChanges: [entry('111111111111-222222222222')],
  }),
  'step-not-sent': () => ({
    ...passing(),
    checks: [...passing().checks, pair('pay', { notSent: 'steps.add.cart has no value' })],
  }),
};
