import type { Weigh } from '../diff/captures.ts';
import type { Differs, Finding, VolatilePlace } from '../diff/finding.ts';
import { compareSession } from '../diff/session.ts';
import { SeatrialError } from '../errors.ts';
import type { PairCheck, PassEvidence, SentRequest } from '../verdict/evidence.ts';
import { pairAnswers } from '../verdict/sent.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { withoutOwnAddress } from './own-address.ts';
import { runPass } from './pass.ts';
import { createRedactor } from './redact.ts';
import type { UrlRequest } from './requests-file.ts';
import type { RequestTemplate } from './template.ts';

export interface UrlDiff {
  readonly differs: Differs;
  readonly proof: 'not-applicable';
  readonly findings: readonly (Finding & { readonly request: string })[];
  readonly unconfirmed: readonly (Finding & { readonly request: string })[];
  readonly volatile: readonly (VolatilePlace & { readonly request: string })[];
  /** What limits the comparison, in words. */
  readonly warnings: readonly string[];
}

const severities: readonly Differs[] = ['none', 'harmless', 'suspicious', 'breaking'];

/**
 * Compares two live addresses, without engine, key or proof: passes in the order baseline, candidate, candidate,
 * baseline, then more of both while the comparison is open. A path in an address is put before each request's.
 * Rejects on abort and with `invalid-argument` for an address that is no http(s) URL.
 */
export async function diffUrls(options: {
  readonly baseline: string;
  readonly candidate: string;
  readonly requests: readonly UrlRequest[];
  readonly limits?: Partial<Limits>;
  readonly intermittent?: boolean;
  readonly weigh?: Weigh;
  readonly signal: AbortSignal;
}): Promise<UrlDiff> {
  const { requests, intermittent = false, weigh = (comparison) => comparison, signal } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const sides = { baseline: address(options.baseline), sandbox: address(options.candidate) };
  const checks = requests.map(
    ({ id, method, path }): PairCheck => ({
      kind: 'pair',
      id,
      title: id,
      service: 'url',
      method: method.toUpperCase(),
      pathTemplate: path,
      notSent: null,
    }),
  );
  const passes: PassEvidence[] = [];
  const warnings: string[] = [];
  const deadline = AbortSignal.timeout(limits.runMs);
  const send = async (order: readonly PassEvidence['side'][]) => {
    for (const side of order) {
      const sent: SentRequest[] = [];
      passes.push({ number: passes.length + 1, side, sent });
      await runPass({
        number: passes.length,
        side,
        session: {
          requests: requests.map((one) => template(one, sides[side].base)),
          params: {},
          secrets: {},
        },
        literal: true,
        steps: [],
        until: null,
        seed: '',
        limits,
        redactor: createRedactor({}),
        target: async () => ({ ...sides[side], key: null, own: { port: portOf(sides[side].origin) } }),
        onSent: (one) => {
          sent.push({ ...one, answer: withoutOwnAddress(one.answer, sides[side]) });
        },
        signal: AbortSignal.any([signal, deadline]),
      });
    }
  };
  const compare = () => {
    const seen = { checks, passes, receipts: { complete: false, counts: [] } };
    return compareSession(pairAnswers(seen), { intermittent });
  };
  try {
    await send(['baseline', 'sandbox', 'sandbox', 'baseline']);
    for (let count = 2; count < limits.passes; count++) {
      if (compare().every(({ wants }) => wants === 0) && (!intermittent || count >= 6)) break;
      await send(count % 2 === 0 ? ['sandbox', 'baseline'] : ['baseline', 'sandbox']);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!deadline.aborted) throw error;
    warnings.push(`The time limit of ${limits.runMs / 1000} s was met before all was sent.`);
  }
  const endpoints = new Map(checks.map((check) => [check.id, check]));
  const compared = compare().map((one) => {
    const endpoint = endpoints.get(one.id);
    return endpoint === undefined ? one : weigh(one, endpoint);
  });
  const open = compared.filter(({ wants }) => wants > 0).map(({ id }) => id);
  if (open.length > 0) warnings.push(`Further passes would have been needed for ${open.join(', ')}.`);
  const worst = Math.max(0, ...compared.map(({ differs }) => severities.indexOf(differs)));
  return {
    differs: severities[worst] ?? 'none',
    proof: 'not-applicable',
    findings: compared.flatMap(({ id, findings }) => findings.map((one) => ({ request: id, ...one }))),
    unconfirmed: compared.flatMap(({ id, unconfirmed }) =>
      unconfirmed.map((one) => ({ request: id, ...one })),
    ),
    volatile: compared.flatMap(({ id, volatile }) => volatile.map((one) => ({ request: id, ...one }))),
    warnings: [
      ...warnings,
      ...compared.flatMap(({ id, notes }) => (notes ?? []).map((note) => `${id}: ${note}`)),
    ],
  };
}

function address(text: string): { readonly origin: string; readonly host: string; readonly base: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '') {
    throw new SeatrialError('invalid-argument', {
      what: `${JSON.stringify(text.slice(0, 200).replace(/\/\/[^@/]*@/, '//…@'))} is no http(s) address that requests can be sent to.`,
      next: 'Give addresses such as http://127.0.0.1:8080, without user and password.',
    });
  }
  return { origin: url.origin, host: url.host, base: url.pathname.replace(/\/$/, '') };
}

function portOf(origin: string): number {
  const { port, protocol } = new URL(origin);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function template(request: UrlRequest, base: string): RequestTemplate {
  const { id, method, headers, body } = request;
  return {
    id,
    title: id,
    service: 'url',
    method,
    path: base + request.path,
    headers,
    body:
      body === undefined
        ? null
        : typeof body === 'string'
          ? { kind: 'text', text: body }
          : { kind: 'json', value: body },
    state: 'read',
    capture: {},
    timeoutMs: null,
  };
}
