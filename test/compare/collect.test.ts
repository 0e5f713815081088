import { afterEach, describe, expect, it } from 'vitest';
import { type CollectOptions, collect } from '../../src/compare/collect.ts';
import { tryOnBaseline } from '../../src/compare/try.ts';
import { SeatrialError } from '../../src/errors.ts';
import { HopRecorder } from '../../src/routing/recorder.ts';
import { judge } from '../../src/verdict/judge.ts';
import { type Handler, Lab } from './lab.ts';
import {
  add,
  checkout,
  evidence,
  pair,
  pricing,
  quote,
  secrets,
  session,
  show,
  step,
  template,
} from './shop.ts';

const labs: Lab[] = [];
afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.close();
});
async function start(fork: Handler = pricing, baseline: Record<string, Handler> = { checkout, pricing }) {
  const lab = await Lab.start(baseline, { pricing: fork });
  labs.push(lab);
  return lab;
}
const run = (lab: Lab, options: Partial<CollectOptions> = {}) =>
  collect({
    engine: lab.engine,
    sandbox: 'pr-42',
    session: session(add, show, quote),
    steps: [step('add'), step('show', { expect: null })],
    pairs: [pair(add), pair(quote)],
    intermittent: false,
    seed: 'seed',
    signal: new AbortController().signal,
    ...options,
  });
const quoteAlone = { session: session(quote), steps: [], pairs: [pair(quote)] };
const sides = ({ passes }: { passes: readonly { side: string }[] }) =>
  passes.map(({ side }) => side[0]).join('');

describe('passes', () => {
  it('go baseline, sandbox, sandbox, baseline, and no further where nothing differs but noise', async () => {
    const collected = await run(await start());
    expect(sides(collected)).toBe('bssb');
    const verdict = judge(evidence(collected));
    expect(verdict.reasons).toEqual([]);
    expect(verdict).toMatchObject({ verdict: 'passed', findings: [], proof: { required: 4, exercised: 4 } });
    expect(verdict.volatile).toContainEqual(expect.objectContaining({ request: 'quote', place: '$.at' }));
  });

  it('go on while the comparison is open, seven a side at most', async () => {
    const collected = await run(await start(({ json }) => json({ sku: 'mug', price: 6, currency: 'EUR' })));
    expect(collected.passes.length).toBeLessThanOrEqual(14);
    const verdict = judge(evidence(collected));
    expect(verdict.verdict).toBe('failed');
    expect(verdict.findings.map(({ request, rule, place }) => `${request} ${rule} ${place}`).sort()).toEqual([
      'add value-changed $.total',
      'quote removed-field $.at',
      'quote value-changed $.price',
    ]);
  });

  it('are six of the sandbox at least where the diff looks for what shows only sometimes', async () => {
    const collected = await run(await start(), { intermittent: true });
    expect(collected.passes.filter(({ side }) => side === 'sandbox').length).toBeGreaterThanOrEqual(6);
    expect(judge(evidence(collected, { intermittent: true })).verdict).toBe('passed');
  });

  it('are as many as the plan asks to repeat', async () => {
    expect(sides(await run(await start(), { repeats: 4 }))).toBe('bssbsbbs');
  });

  it('keep cookies, captures and unique values to themselves', async () => {
    const { passes } = await run(await start());
    const carts = passes.map(({ sent }) => sent[0]?.captured.cart);
    expect(new Set(carts).size).toBe(4);
    passes.forEach(({ sent }, i) => {
      expect(sent[1]?.request.path).toBe(`/cart/${carts[i]}`);
      expect(sent[1]?.answer).toMatchObject({
        body: { text: expect.stringContaining(`"cart":"${carts[i]}"`) },
      });
    });
    const emails = passes.map(({ sent }) => JSON.parse(sent[0]?.request.body?.text ?? '').email as string);
    expect(new Set(emails).size).toBe(4);
    expect(new Set(emails.map((email) => email.length)).size).toBe(1);
  });

  it('send a correlation of its own with every request, under the key of the side', async () => {
    const lab = await start();
    const { passes } = await run(lab);
    const all = passes.flatMap(({ side, sent }) => sent.map((one) => ({ side, ...one })));
    expect(new Set(all.map(({ correlation }) => correlation)).size).toBe(12);
    for (const { side, correlation, request } of all) {
      const key = side === 'sandbox' ? lab.key : 'base-000000000000000';
      expect(request.headers).toContainEqual(['baggage', `seatrial=${key}.${correlation}`]);
    }
  });
});

describe('proof', () => {
  it('is of every hop, the inner ones too, and answers are recorded without our header', async () => {
    const { passes, receipts } = await run(await start());
    const of = (id: string) => {
      const { correlation } = passes[1]?.sent.find((one) => one.id === id) ?? {};
      return receipts.counts
        .filter((count) => count.correlation === correlation)
        .map(({ service, destination, count }) => `${service} ${destination} ${count}`);
    };
    expect(of('add').sort()).toEqual(['checkout baseline 1', 'pricing fork 1']);
    expect(of('show')).toEqual(['checkout baseline 1']);
    expect(JSON.stringify(passes)).not.toContain('x-seatrial-routed');
  });

  it('lacks where everything goes to the baseline: nothing passes', async () => {
    const lab = await start();
    lab.table.clear('pricing', lab.key);
    expect(judge(evidence(await run(lab)))).toMatchObject({ verdict: 'inconclusive' });
  });

  it('lacks where a service on the way drops the baggage', async () => {
    const deaf: Handler = (call) => {
      delete call.request.headers.baggage;
      return checkout(call);
    };
    const lab = await start(pricing, { checkout: deaf, pricing });
    const verdict = judge(evidence(await run(lab)));
    expect(verdict.verdict).toBe('inconclusive');
    expect(verdict.reasons).toContainEqual(
      expect.objectContaining({
        code: 'not-exercised',
        check: 'add',
        next: expect.stringContaining('baggage'),
      }),
    );
  });

  it('waits for the calls that a service makes after it answered', async () => {
    const late: Handler = async (call) => {
      call.json({ id: 'x', total: 5 }, 201);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await call.ask('pricing', '/price/mug');
    };
    const lab = await start(pricing, { checkout: late, pricing });
    const collected = await run(lab, { session: session(add), pairs: [], steps: [step('add')] });
    expect(judge(evidence(collected)).verdict).toBe('passed');
  });

  it('waits for the answers to them, for a while: what is open then did not answer', async () => {
    const early: Handler = async (call) => {
      const asked = call.ask('pricing', '/price/mug');
      await new Promise((resolve) => setTimeout(resolve, 20));
      call.json({ id: 'x', total: 5 }, 201);
      await asked;
    };
    const slowBy = async (ms: number) => {
      const slow: Handler = async (call) => {
        await new Promise((resolve) => setTimeout(resolve, ms));
        return pricing(call);
      };
      const lab = await start(slow, { checkout: early, pricing });
      return run(lab, { session: session(add), pairs: [], steps: [step('add')] });
    };
    expect(judge(evidence(await slowBy(300))).verdict).toBe('passed');
    const silent = await slowBy(3000);
    expect(silent.receipts.counts).toContainEqual(expect.objectContaining({ destination: 'fork', open: 1 }));
    expect(judge(evidence(silent)).reasons.map(({ code }) => code)).toContain('failure-hidden');
  });

  it('is incomplete where a router lost its counts during the run', async () => {
    const lab = await start((call) => {
      lab.recorder = new HopRecorder();
      return pricing(call);
    });
    const { receipts } = await run(lab);
    expect(receipts).toMatchObject({ complete: false, incompleteReason: expect.stringContaining('lost') });
  });
});

describe('steps', () => {
  const steps = { session: session(add, show), pairs: [], steps: [step('add')] };

  it('alone are sent to the sandbox alone', async () => {
    const collected = await run(await start(), steps);
    expect(sides(collected)).toBe('s');
    expect(judge(evidence(collected)).verdict).toBe('passed');
  });

  it('that fail are tried twice on the baseline, up to the one that failed', async () => {
    const collected = await run(await start(({ json }) => json({ error: 'x' }, 500)), steps);
    expect(sides(collected)).toBe('sbb');
    expect(collected.passes[1]?.sent.map(({ id }) => id)).toEqual(['add']);
    expect(judge(evidence(collected)).reasons.map(({ code }) => code)).toEqual(['step-failed']);
  });

  it('that fail on both sides are no fault of the change', async () => {
    const collected = await run(await start(), {
      ...steps,
      steps: [step('add', { expect: { status: 200 } })],
    });
    expect(judge(evidence(collected)).reasons.map(({ code }) => code)).toEqual(['fails-on-baseline']);
  });

  it('whose reference has no value are not sent, and the session goes on', async () => {
    const broken = { ...show, path: '/cart/{{ steps.add.gone }}' };
    const all = [step('add'), step('show', { expect: { status: 200 } })];
    const collected = await run(await start(), {
      session: session(add, broken, quote),
      pairs: [],
      steps: all,
    });
    expect(collected.passes[0]?.sent.map(({ id }) => id)).toEqual(['add', 'quote']);
    expect(judge(evidence(collected)).reasons).toEqual([
      expect.objectContaining({
        code: 'step-not-sent',
        check: 'show',
        message: expect.stringContaining('steps.add.gone'),
      }),
    ]);
  });

  it('may expect what the pass itself made', async () => {
    const own = { status: 201, body: { '$.email': '{{ unique.email }}', '$.sku': '{{ params.sku }}' } };
    const collected = await run(await start(), { ...steps, steps: [step('add', { expect: own })] });
    expect(judge(evidence(collected)).verdict).toBe('passed');
    const wrong = { status: 201, body: { '$.email': '{{ unique.email-2 }}' } };
    const other = await run(await start(), { ...steps, steps: [step('add', { expect: wrong })] });
    expect(judge(evidence(other)).verdict).toBe('inconclusive');
  });
});

it('secrets are sent, and recorded nowhere, in no form', async () => {
  const seen: string[] = [];
  const echo: Handler = ({ request, json }) => {
    seen.push(String(request.headers.authorization));
    const { buyer } = secrets;
    const base64 = Buffer.from(`user:${buyer}`).toString('base64');
    const body = { plain: request.headers.authorization, uri: encodeURIComponent(buyer), base64, [buyer]: 1 };
    json(body, 200, { 'x-echo': buyer });
  };
  const lab = await start(echo, { checkout, pricing: echo });
  const ask = {
    ...quote,
    headers: show.headers,
    path: '/{{ secrets.buyer }}',
    capture: { plain: '$.plain' },
  };
  const collected = await run(lab, { session: session(ask), steps: [], pairs: [pair(ask)] });
  expect(seen[0]).toBe(`Bearer ${secrets.buyer}`);
  const text = JSON.stringify(collected);
  const inside = Buffer.from('user:p@ss/w').toString('base64').slice(0, 12);
  for (const part of ['p@ss', 'p%40ss', 'w\\"ord', 'ord+1', inside]) expect(text).not.toContain(part);
  expect(collected.passes[0]?.sent[0]?.captured.plain).toBe('Bearer [secret buyer]');
  expect(judge(evidence(collected)).verdict).toBe('passed');
});

describe('bounds', () => {
  const hang: Handler = ({ response }) => void response.write('{');

  it('end the run at its time limit, without taking that for an answer', async () => {
    const collected = await run(await start(hang), { ...quoteAlone, limits: { runMs: 300 } });
    expect(collected.unsent).toEqual([expect.objectContaining({ code: 'time-limit' })]);
    expect(sides(collected)).toBe('bs');
    expect(collected.passes[1]?.sent).toEqual([]);
    expect(judge(evidence(collected)).verdict).toBe('inconclusive');
  });

  it('record a request that takes too long as such', async () => {
    const slow = template('slow', { timeoutMs: 100 });
    const steps = [step('slow', { expect: { status: 200 } })];
    const collected = await run(await start(hang), { session: session(slow), pairs: [], steps });
    expect(collected.passes[0]?.sent[0]?.answer).toMatchObject({ kind: 'no-answer', reason: 'timeout' });
    expect(judge(evidence(collected)).reasons.map(({ code }) => code)).toEqual(['step-failed']);
  });

  it('stop at the number of requests', async () => {
    const collected = await run(await start(), { limits: { requests: 5 } });
    expect(collected.passes.flatMap(({ sent }) => sent)).toHaveLength(5);
    expect(collected.unsent).toEqual([expect.objectContaining({ code: 'stopped' })]);
  });

  it('reject on abort', async () => {
    const controller = new AbortController();
    const lab = await start(() => controller.abort());
    await expect(run(lab, { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('trouble', () => {
  it('keeps what was sent where the sandbox goes during the run', async () => {
    const lab = await start((call) => {
      lab.gone = new SeatrialError('sandbox-gone', {
        what: 'Sandbox pr-42 was torn down.',
        next: 'Provision.',
      });
      return pricing(call);
    });
    const collected = await run(lab, quoteAlone);
    expect(collected.unsent).toEqual([{ code: 'sandbox-gone', message: 'Sandbox pr-42 was torn down.' }]);
    expect(sides(collected)).toBe('bss');
    expect(judge(evidence(collected)).verdict).toBe('inconclusive');
  });

  it('never falls back to the baseline where a fork is refused', async () => {
    const lab = await start();
    lab.table.setRefused('pricing', lab.key, 'fork-exited');
    const verdict = judge(evidence(await run(lab, quoteAlone)));
    expect(verdict.verdict).toBe('inconclusive');
    expect(verdict.reasons[0]?.message).toContain('refused');
  });

  it('is an error where a request names no service', async () => {
    const lost = { ...quote, service: 'nowhere' };
    const sent = run(await start(), { session: session(lost) });
    await expect(sent).rejects.toMatchObject({ code: 'unknown-service' });
  });
});

it('a plan tried on the baseline lists every request and how it went in two passes', async () => {
  let calls = 0;
  const flaky: Handler = ({ json }) => json({ price: calls++ });
  const steady: Handler = ({ json }) => json({ id: 'x' }, 201);
  const lab = await start(pricing, { checkout: steady, pricing: flaky });
  const signal = new AbortController().signal;
  const requests = session(add, { ...show, path: '/{{ params.gone }}' }, quote);
  const steps = [step('add'), step('quote', { expect: { body: { '$.price': 1 } } })];
  const trial = await tryOnBaseline({ engine: lab.engine, session: requests, steps, signal });
  expect(trial.map(({ id, ok }) => `${id} ${ok}`)).toEqual(['add true', 'show false', 'quote false']);
  expect(trial[1]?.details[0]).toMatch(/params\.gone/);
  expect(trial[2]?.details.at(-1)).toMatch(/not repeatable/);
});
