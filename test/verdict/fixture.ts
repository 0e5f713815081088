import type { Answer, HttpAnswer } from '../../src/exchange.ts';
import type { HopCount } from '../../src/sandbox/hop.ts';
import type { ForkStatus } from '../../src/sandbox/sandbox.ts';
import type { CheckEvidence, Evidence, PassEvidence, SentRequest } from '../../src/verdict/evidence.ts';

/**
 * Evidence of a run that passes: `pricing` is changed and forked, `checkout` is not. A step asserts the answer of
 * checkout, which calls pricing; a request to pricing itself is compared; a set-up step proves nothing.
 * Rounds of B, S, S, B: four are enough to confirm any difference.
 */
export function passing(rounds = 4): Evidence {
  const order = Array.from({ length: rounds }, () => ['baseline', 'sandbox', 'sandbox', 'baseline'] as const);
  const passes = order.flat().map(
    (side, i): PassEvidence => ({
      number: i + 1,
      side,
      sent: [
        sent('setup', i, 'checkout', answer({ ok: true })),
        sent('add', i, 'checkout', answer({ id: `cart-000${i.toString(36)}`, total: 5 }, 201)),
        sent('quote', i, 'pricing', answer({ sku: 'mug', price: 5, currency: 'EUR' })),
      ],
    }),
  );
  const counts = passes.flatMap(({ side, sent: all }) =>
    all.flatMap(({ id, correlation }): HopCount[] => {
      const pricing = {
        correlation,
        service: 'pricing',
        destination: side === 'sandbox' ? 'fork' : 'baseline',
      } as const;
      const checkout = { correlation, service: 'checkout', destination: 'baseline', count: 1 } as const;
      if (id === 'setup') return [checkout];
      return id === 'add' ? [checkout, { ...pricing, count: 1 }] : [{ ...pricing, count: 1 }];
    }),
  );
  return {
    format: 1,
    sandbox: 'pr-42',
    baseline: { commit: 'a'.repeat(40), from: 'merge base with main', assumed: false },
    change: { files: [{ path: 'services/pricing/server.mjs', services: ['pricing'], ignored: false }] },
    plan: { name: 'checkout-contract', hash: 'h', covers: ['checkout', 'pricing'] },
    forks: { before: [fork('pricing')], after: [fork('pricing')], stale: [] },
    checks: [
      step('setup', { expect: null, proof: 'none' }),
      step('add', { expect: { status: 201, body: { '$.total': 5 } } }),
      pair('quote'),
    ],
    passes,
    receipts: { complete: true, incompleteReason: null, counts },
    expectedChanges: [],
    unsent: [],
    intermittent: false,
  };
}

export function fork(service: string, change: Partial<ForkStatus> = {}): ForkStatus {
  return {
    service,
    revision: { kind: 'tree', tree: 'b'.repeat(40), ref: null },
    instance: `${service}-1`,
    restarts: 0,
    ready: true,
    live: false,
    reason: null,
    message: null,
    exit: null,
    logTail: [],
    ...change,
  };
}

export function step(
  id: string,
  change: Partial<Extract<CheckEvidence, { kind: 'step' }>> = {},
): CheckEvidence {
  return {
    kind: 'step',
    id,
    title: id,
    expect: { status: 200 },
    proof: 'required',
    notSent: null,
    ...change,
  };
}

export function pair(
  id: string,
  change: Partial<Extract<CheckEvidence, { kind: 'pair' }>> = {},
): CheckEvidence {
  const request = { service: 'pricing', method: 'GET', pathTemplate: `/${id}` };
  return { kind: 'pair', id, title: id, ...request, notSent: null, ...change };
}

export function answer(body: unknown, status = 200, headers: HttpAnswer['headers'] = []): HttpAnswer {
  const text = JSON.stringify(body);
  return {
    kind: 'answer',
    status,
    headers: [['content-type', 'application/json'], ...headers],
    body: { encoding: 'utf8', text, size: text.length },
    durationMs: 3,
  };
}

export function sent(id: string, pass: number, service: string, given: Answer): SentRequest {
  const request = { method: id === 'quote' ? 'GET' : 'POST', path: `/${id}`, headers: [] };
  return {
    id,
    correlation: `${id.padEnd(7, '0').slice(0, 7)}${pass.toString(36)}`,
    service,
    request,
    answer: given,
    captured: {},
  };
}

/** The evidence with the answers of one request replaced, by side (`n` counts the passes of that side from 0). */
export function answering(
  evidence: Evidence,
  id: string,
  replace: (side: PassEvidence['side'], n: number) => Answer | null,
): Evidence {
  const seen = { baseline: 0, sandbox: 0 };
  return {
    ...evidence,
    passes: evidence.passes.map((pass) => {
      const n = seen[pass.side]++;
      return {
        ...pass,
        sent: pass.sent.map((one) =>
          one.id === id ? { ...one, answer: replace(pass.side, n) ?? one.answer } : one,
        ),
      };
    }),
  };
}

/** The evidence with other hops: `change` returns what stands in place of each count. */
export function counting(evidence: Evidence, change: (count: HopCount) => readonly HopCount[]): Evidence {
  return {
    ...evidence,
    receipts: { ...evidence.receipts, counts: evidence.receipts.counts.flatMap(change) },
  };
}
