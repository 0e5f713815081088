import { describe, expect, it } from 'vitest';
import type { Evidence, ExpectedChange } from '../../src/verdict/evidence.ts';
import { judge } from '../../src/verdict/judge.ts';
import fc from '../support/property.ts';
import { answer, answering, counting, fork, pair, passing, step } from './fixture.ts';
import { absentEntry, addFails, fieldGone, hopsFail, produce } from './produce.ts';

const codes = (evidence: Evidence) => judge(evidence).reasons.map(({ code }) => code);
const crash = { exitCode: null, signal: 'SIGKILL', outOfMemory: true };
const withForks = (evidence: Evidence, change: Partial<Evidence['forks']>): Evidence => ({
  ...evidence,
  forks: { ...evidence.forks, ...change },
});
const expecting = (evidence: Evidence, ...expectedChanges: ExpectedChange[]): Evidence => ({
  ...evidence,
  expectedChanges,
});

describe('the order of phases', () => {
  it('puts doubt about the whole run before a proven failure, and that before what keeps the rest unknown', () => {
    const failing = { ...fieldGone(), unsent: [{ code: 'time-limit' as const, message: 'Time.' }] };
    expect(judge(failing)).toMatchObject({ verdict: 'failed', reasons: [{ code: 'breaking-finding' }] });
    const doubtful = withForks(failing, { stale: produce['stale-fork']().forks.stale });
    expect(judge(doubtful)).toMatchObject({ verdict: 'inconclusive', reasons: [{ code: 'stale-fork' }] });
  });

  it('lists all reasons of the phase that decides', () => {
    const live = fork('pricing', { live: true, instance: 'pricing-2' });
    const evidence = withForks(produce['receipts-incomplete'](), { after: [live] });
    expect(codes(evidence)).toEqual(['live-fork', 'fork-restarted', 'receipts-incomplete']);
  });

  it('gives the same verdict for the same evidence, also after it was stored', () => {
    for (const make of [passing, fieldGone, ...Object.values(produce)]) {
      const evidence = make();
      expect(judge(JSON.parse(JSON.stringify(evidence)))).toEqual(judge(evidence));
    }
  });
});

describe('proof', () => {
  const forkHops = passing().receipts.counts.filter(({ destination }) => destination === 'fork');

  it('never passes with any hop at a fork taken away', () => {
    void fc.assert(
      fc.property(fc.subarray(forkHops, { minLength: 1 }), (gone) => {
        const keys = new Set(gone.map(({ correlation, service }) => `${correlation} ${service}`));
        const without = counting(passing(), (one) =>
          one.destination === 'fork' && keys.has(`${one.correlation} ${one.service}`) ? [] : [one],
        );
        expect(judge(without).verdict).toBe('inconclusive');
      }),
    );
  });

  it('never passes where a hop at a fork was in truth one at the baseline, or was refused', () => {
    void fc.assert(
      fc.property(
        fc.subarray(forkHops, { minLength: 1 }),
        fc.constantFrom('baseline' as const, 'refused' as const),
        (moved, destination) => {
          const keys = new Set(moved.map(({ correlation }) => correlation));
          const other = counting(passing(), (one) =>
            one.destination === 'fork' && keys.has(one.correlation) ? [{ ...one, destination }] : [one],
          );
          expect(judge(other).verdict).toBe('inconclusive');
        },
      ),
    );
  });

  it('never passes with a router that sends everything to the baseline, whatever else the evidence says', () => {
    const evidence = fc.constantFrom(
      passing,
      fieldGone,
      () => addFails(() => true),
      ...Object.values(produce),
    );
    void fc.assert(
      fc.property(evidence, (make) => {
        const broken = counting(make(), (one) => [{ ...one, destination: 'baseline' }]);
        expect(judge(broken).verdict).not.toBe('passed');
        expect(judge(broken).proof.exercised).toBe(0);
      }),
    );
  });

  it('never passes where a baseline request of a check has a hop at a fork', () => {
    for (const id of ['add', 'quote']) {
      const touched = counting(passing(), (one) =>
        one.correlation?.startsWith(id) && one.correlation.endsWith('0')
          ? [{ ...one, destination: 'fork' }]
          : [one],
      );
      expect(codes(touched)).toContain('baseline-touched-fork');
    }
  });

  it('does not let a request count that ran the old code of a forked service in part', () => {
    const mixed = counting(passing(), (one) =>
      one.destination === 'fork' ? [one, { ...one, destination: 'baseline' }] : [one],
    );
    expect(judge(mixed).reasons[0]).toMatchObject({
      code: 'not-exercised',
      message: expect.stringContaining('old code'),
    });
  });

  const at = (instance: string, service?: string) =>
    counting(passing(), (one) =>
      one.destination === 'fork'
        ? [{ ...one, instance, ...(service === undefined ? {} : { service }) }]
        : [one],
    );

  it('is of the very start of the fork that the run began with', () => {
    expect(judge(at('pricing-1')).verdict).toBe('passed');
    const other = judge(at('pricing-0'));
    expect(other.verdict).toBe('inconclusive');
    expect(other.reasons).toMatchObject([{ code: 'fork-restarted', service: 'pricing' }]);
  });

  it('is of the fork that answered, by whichever Service callers reached it', () => {
    const evidence = at('pricing-1', 'prices');
    expect(judge(evidence).proof.forks).toEqual([{ service: 'pricing', hops: 16, requests: 16, failed: 0 }]);
    expect(judge(evidence).reasons.filter(({ code }) => code === 'not-exercised')).toEqual([]);
  });

  it('needs a hop of every answered request, on both sides', () => {
    const unseen = counting(passing(), (one) => (one.correlation === 'quote000' ? [] : [one]));
    expect(codes(unseen)).toEqual(['receipts-incomplete']);
  });

  it('counts steps with `proof: none` as neither compared nor asserted', () => {
    const evidence = passing();
    const setup = step('setup', { expect: { status: 500 }, proof: 'none' });
    const ignored = { ...evidence, checks: [setup, ...evidence.checks.slice(1)] };
    expect(judge(ignored)).toMatchObject({
      verdict: 'passed',
      checks: [{ id: 'setup', exercised: null }, {}, {}],
    });
    const only = counting({ ...evidence, checks: [step('add', { proof: 'none' })] }, (one) => [one]);
    expect(codes(only)).toEqual(['nothing-checked']);
  });

  it('is needed of every fork that the plan covers, and lists the others as unproven', () => {
    const forks = [fork('pricing'), fork('tax')];
    const two = withForks(passing(), { before: forks, after: forks });
    expect(judge(two)).toMatchObject({ verdict: 'passed', unproven: { forks: ['tax'] } });
    const covered = { ...two, plan: { name: 'p', hash: 'h', covers: null } };
    expect(judge(covered).reasons).toMatchObject([{ code: 'not-exercised', service: 'tax' }]);
    expect(judge({ ...two, plan: null })).toMatchObject({ verdict: 'passed', unproven: { forks: ['tax'] } });
  });
});

describe('a failure of a fork that a neighbour hides', () => {
  const atFork = (request: string) => (id: string, _: string, destination: string) =>
    destination === 'fork' && id.startsWith(request);
  const verdictOf = (evidence: Evidence) => judge(evidence).verdict;

  it('never passes, be it of a single request', () => {
    const all = passing().receipts.counts.filter(({ destination }) => destination === 'fork');
    void fc.assert(
      fc.property(fc.subarray(all, { minLength: 1 }), fc.boolean(), (bad, ends) => {
        const ids = new Set(bad.map(({ correlation }) => correlation));
        const how = ends ? { failed: 1 } : { failed: 0, open: 1 };
        const evidence = counting(passing(), (one) =>
          one.destination === 'fork' && ids.has(one.correlation)
            ? [{ ...one, ...how }]
            : [{ ...one, failed: 0 }],
        );
        expect(judge(evidence).verdict).not.toBe('passed');
        expect(judge(evidence).proof).toMatchObject({
          exercised: 16 - bad.length,
          forks: [{ failed: bad.length }],
        });
      }),
    );
  });

  it('is told by service and request, and its check is not proven', () => {
    const verdict = judge(hopsFail(atFork('add')));
    expect(verdict.reasons).toMatchObject([
      {
        code: 'failure-hidden',
        service: 'pricing',
        check: 'add',
        message: expect.stringContaining('8 of 8 passes'),
      },
    ]);
    expect(verdict.checks.find(({ id }) => id === 'add')).toMatchObject({
      outcome: 'unproven',
      exercised: false,
      details: ['pricing failed, and the answer does not show it'],
    });
    expect(verdict.unproven).toEqual({ forks: [], services: [] });
  });

  it('of every request leaves the fork unproven, and a fork that the plan covers lacks its request', () => {
    const steps = { ...hopsFail(atFork('')), checks: passing().checks.slice(0, 2) };
    expect(codes(steps)).toEqual(['failure-hidden', 'not-exercised']);
    expect(judge(steps).reasons[1]?.message).toContain('was served by the fork of pricing');
    expect(judge(steps).unproven).toEqual({ forks: ['pricing'], services: ['pricing'] });
    expect(codes({ ...steps, plan: null })).toEqual(['failure-hidden']);
  });

  it('is not hidden where the answer is an error that the step wants', () => {
    const wanted = answering(passing(), 'add', () => answer({ error: 'no' }, 500));
    const checks = [step('add', { expect: { status: 500 } }), pair('quote')];
    expect(verdictOf({ ...hopsFail((id) => id.startsWith('add'), wanted), checks })).toBe('passed');
  });

  it('does not keep a step from failing that fails by it', () => {
    const failing = addFails((side) => side === 'sandbox');
    const with404 = answering(failing, 'add', (side) =>
      side === 'sandbox' ? answer({ error: 'no' }, 404) : null,
    );
    expect(codes(hopsFail(atFork('add'), with404))).toEqual(['step-failed']);
  });

  it('is none where the fork was asked again and served: a warning', () => {
    const again = counting(passing(), (one) =>
      one.destination === 'fork' && one.correlation?.startsWith('add')
        ? [{ ...one, count: 2, failed: 1 }]
        : [{ ...one, failed: 0 }],
    );
    expect(judge(again)).toMatchObject({
      verdict: 'passed',
      warnings: ['The fork of pricing failed 1 of 2 hops of add, and served the rest.'],
    });
  });

  it('of a compared request is a finding, where the baseline does not fail', () => {
    const verdict = judge(hopsFail(atFork('quote')));
    expect(verdict).toMatchObject({
      verdict: 'failed',
      reasons: [{ code: 'breaking-finding' }],
      findings: [{ rule: 'calls-failed', place: 'failures:pricing', before: 0, after: 1, confirmed: true }],
    });
    const few = passing(2);
    const [finding] = judge(hopsFail(atFork('quote'), few)).findings;
    expect(finding).toBeUndefined();
    expect(codes(hopsFail(atFork('quote'), few))).toEqual(['failure-hidden']);
  });

  it('that comes now and then is no finding, and proves nothing', () => {
    expect(codes(hopsFail((id, _, at) => at === 'fork' && id === 'quote001'))).toEqual(['failure-hidden']);
  });

  it('that the baseline shares is no news where another fork served the request, and no proof of its own fork', () => {
    const alike = hopsFail((_, service) => service === 'pricing');
    expect(codes({ ...alike, plan: null })).toEqual(['failure-hidden', 'failure-hidden']);
    const forks = [fork('pricing'), fork('tax')];
    const withTax = counting(withForks({ ...alike, plan: null }, { before: forks, after: forks }), (one) =>
      one.service === 'pricing' ? [one, { ...one, service: 'tax', failed: 0 }] : [one],
    );
    expect(judge(withTax)).toMatchObject({ verdict: 'passed', unproven: { forks: ['pricing'] } });
    const alone = counting(withTax, (one) =>
      one.destination === 'baseline' ? [{ ...one, failed: 0 }] : [one],
    );
    expect(verdictOf(alone)).toBe('failed');
  });

  it('is not known of runs of before it was counted, which are judged as they were', () => {
    expect(passing().receipts.counts.every((one) => !('failed' in one))).toBe(true);
    expect(verdictOf(passing())).toBe('passed');
  });
});

describe('forks', () => {
  it('that were added, taken away or made anew during the run make it doubtful', () => {
    const other = fork('pricing', { revision: { kind: 'tree', tree: 'c'.repeat(40), ref: null } });
    for (const after of [[fork('pricing'), fork('tax')], [fork('tax')], [other]]) {
      expect(new Set(codes(withForks(passing(), { after })))).toEqual(new Set(['fork-restarted']));
    }
  });

  it('that ran out of memory and came back by themselves have crashed', () => {
    const back = fork('pricing', { instance: 'pricing-2', restarts: 1, exit: crash });
    const verdict = judge(withForks(passing(), { after: [back] }));
    expect(verdict).toMatchObject({ verdict: 'failed', reasons: [{ code: 'fork-crashed' }] });
    expect(verdict.reasons[0]?.message).toContain('out of memory');
  });

  it('that crashed before the run and are as they were then did not crash in it', () => {
    const old = fork('pricing', { restarts: 1, exit: crash });
    expect(judge(withForks(passing(), { before: [old], after: [old] })).verdict).toBe('passed');
  });

  it('that exited without having served any request fail nothing', () => {
    const forks = [fork('pricing'), fork('tax')];
    const dead = [fork('pricing'), fork('tax', { ready: false, exit: crash })];
    const evidence = withForks(passing(), { before: forks, after: dead });
    expect(judge(evidence)).toMatchObject({ verdict: 'passed', unproven: { forks: ['tax'] } });
  });

  it('lost to a teardown make the run inconclusive even where something failed before', () => {
    expect(codes(withForks(fieldGone(), { after: [] }))).toEqual(['sandbox-gone']);
  });

  it('none at all: nothing of the change was run', () => {
    const none = withForks({ ...passing(), plan: null }, { before: [], after: [] });
    expect(codes(none)).toContain('not-covered');
  });
});

describe('steps', () => {
  it('that fail need two baseline passes that hold', () => {
    const failing = addFails((side) => side === 'sandbox');
    const once = { ...failing, checks: failing.checks.slice(0, 2), passes: failing.passes.slice(0, 3) };
    expect(codes(once)).toEqual(['passes-missing']);
    const twice = { ...once, passes: failing.passes.slice(0, 4) };
    expect(codes(twice)).toEqual(['step-failed']);
  });

  it('that fail without a hop at a fork are not proven failures', () => {
    const failing = addFails((side) => side === 'sandbox');
    const old = counting(failing, (one) => [{ ...one, destination: 'baseline' }]);
    expect(judge(old).verdict).toBe('inconclusive');
  });

  it('that fail in one sandbox pass of several have failed', () => {
    expect(codes(addFails((side, n) => side === 'sandbox' && n === 3))).toEqual(['step-failed']);
  });

  it('that hold in the sandbox alone are what the change is for', () => {
    const fixed = addFails((side) => side === 'baseline');
    expect(judge({ ...fixed, checks: fixed.checks.slice(0, 2) }).verdict).toBe('passed');
  });

  it('whose expectation was rendered in each pass are judged by that', () => {
    const evidence = passing();
    const rendered = {
      ...evidence,
      checks: [step('add', { expect: { body: { '$.id': '{{ steps.x }}' } } })],
      passes: evidence.passes.map((pass) => ({
        ...pass,
        sent: pass.sent.map((one) => ({
          ...one,
          expect: { body: { '$.id': `cart-000${one.correlation.at(-1)}` } },
        })),
      })),
    };
    expect(judge(rendered).verdict).toBe('passed');
  });
});

describe('expected changes', () => {
  const finding = judge(fieldGone()).findings[0];
  const matching: ExpectedChange = { ...absentEntry(), fingerprint: finding?.fingerprint ?? '' };

  it('take the findings that they name out of what fails, and list them apart', () => {
    const verdict = judge(expecting(fieldGone(), matching));
    expect(verdict).toMatchObject({ verdict: 'passed', findings: [], expected: [{ place: finding?.place }] });
  });

  it('take out nothing else', () => {
    const two = answering(fieldGone(), 'add', (side) =>
      side === 'sandbox' ? answer({ id: 'cart-0001', total: '5' }, 201) : null,
    );
    const both = { ...two, checks: [...two.checks, pair('add')] };
    const verdict = judge(expecting(both, matching));
    expect(verdict.verdict).toBe('failed');
    expect(verdict.expected).toHaveLength(1);
  });

  it('that the change under trial adds can never have landed, whatever their base', () => {
    expect(codes(expecting(passing(), { ...absentEntry(), base: 'f'.repeat(40) }))).toEqual([
      'expected-change-absent',
    ]);
  });

  it('that are older, with another base, have landed: a warning', () => {
    const old = { ...absentEntry(), base: 'f'.repeat(40), addedByChange: false };
    const verdict = judge(expecting(passing(), old));
    expect(verdict.verdict).toBe('passed');
    expect(verdict.warnings).toEqual([expect.stringContaining('has landed')]);
    expect(codes(expecting(passing(), { ...old, base: 'a'.repeat(8) }))).toEqual(['expected-change-absent']);
  });

  it('that have landed excuse nothing that happens at their place later', () => {
    const gone = answering(passing(), 'quote', (side) =>
      side === 'sandbox' ? answer({ sku: 'mug' }) : null,
    );
    const found = judge(gone).findings.map(({ fingerprint }) => ({ ...matching, fingerprint }));
    expect(judge(expecting(gone, ...found)).verdict).toBe('passed');
    const old = found.map((entry) => ({ ...entry, base: 'f'.repeat(40), addedByChange: false }));
    expect(codes(expecting(gone, ...old))).toEqual(['breaking-finding']);
    const renewed = old.map((entry) => ({ ...entry, base: 'a'.repeat(8) }));
    expect(judge(expecting(gone, ...renewed)).verdict).toBe('passed');
  });

  it('of a request that was compared but not exercised are not exercised', () => {
    const unproven = counting(expecting(passing(), absentEntry()), (one) =>
      one.destination === 'fork' && one.correlation?.startsWith('quote')
        ? [{ ...one, destination: 'baseline' }]
        : [one],
    );
    expect(codes(unproven)).toContain('expected-change-not-exercised');
    expect(codes(unproven)).not.toContain('expected-change-absent');
  });

  it('of the change itself come first', () => {
    const both = judge(
      answering(passing(), 'quote', (side) => (side === 'sandbox' ? answer({ sku: 'mug' }) : null)),
    ).findings.map(({ fingerprint }) => fingerprint);
    const gone = answering(passing(), 'quote', (side) =>
      side === 'sandbox' ? answer({ sku: 'mug' }) : null,
    );
    for (const own of both) {
      const entries = both.map((fingerprint) => ({
        ...matching,
        fingerprint,
        addedByChange: fingerprint === own,
      }));
      expect(judge(expecting(gone, ...entries)).expected[0]?.fingerprint).toBe(own);
    }
  });
});

describe('findings', () => {
  it('of a request that is not proven fail nothing, and are told of in its check', () => {
    const old = counting(fieldGone(), (one) =>
      one.correlation?.startsWith('quote') ? [{ ...one, destination: 'baseline' }] : [one],
    );
    const verdict = judge(old);
    expect(verdict).toMatchObject({ verdict: 'inconclusive', findings: [] });
    expect(verdict.checks.find(({ id }) => id === 'quote')).toMatchObject({
      outcome: 'unproven',
      details: [expect.stringContaining('not judged')],
    });
  });

  it('that two answers a side show and more must settle make the run inconclusive', () => {
    expect(codes({ ...fieldGone(), passes: fieldGone().passes.slice(0, 4) })).toEqual(['passes-missing']);
  });

  it('of calls to a service that rose are of the hops alone', () => {
    const rose = counting(passing(), (one) =>
      one.correlation?.startsWith('quote') && one.destination === 'fork' ? [{ ...one, count: 12 }] : [one],
    );
    expect(judge(rose)).toMatchObject({ verdict: 'failed', findings: [{ rule: 'calls-multiplied' }] });
  });

  it('are looked for in six answers of the sandbox at least in intermittent mode', () => {
    const short = passing(2);
    expect(judge(short).verdict).toBe('passed');
    expect(codes({ ...short, intermittent: true })).toEqual(['passes-missing']);
  });
});

it('says that the commit of the baseline is a guess', () => {
  const evidence = { ...passing(), baseline: { ...passing().baseline, assumed: true } };
  expect(judge(evidence).warnings).toEqual([expect.stringContaining('is assumed')]);
});
