import { startForwarder } from './forwarder.ts';
import type { RequestHead } from './head.ts';
import { keyOf, type RoutingKey } from './key.ts';
import type { Decide, HopObserver, OwnAnswer, Plan } from './plan.ts';
import type { HopHandle, HopRecorder } from './recorder.ts';
import type { Address, RoutingTable } from './table.ts';

/** The stable address of one service: decides for each request between the baseline and a fork. */
export interface Router {
  readonly port: number;
  close(): Promise<void>;
}

export interface RouterOptions {
  readonly service: string;
  readonly table: Pick<RoutingTable, 'lookup' | 'knows'>;
  readonly recorder: HopRecorder;
  /** Where the baseline's process listens now; null while there is none. Asked for each request. */
  readonly baseline: () => Address | null;
  readonly signal?: AbortSignal;
  /** 0, by default, takes a free one. */
  readonly port?: number;
}

/**
 * Starts a router on loopback. Requests pass as they came, Host and key included. Answers to keyed ones get
 * `x-seatrial-routed`; all else passes byte for byte. Aborting `signal` closes it.
 */
export async function startRouter(options: RouterOptions): Promise<Router> {
  options.signal?.throwIfAborted();
  const port = options.port === undefined ? {} : { port: options.port };
  const router = await startForwarder({ ...port, decide: () => decideFor(options) });
  options.signal?.addEventListener('abort', () => void router.close(), { once: true });
  if (options.signal?.aborted === true) await router.close();
  return router;
}

function decideFor({ service, table, recorder, baseline }: RouterOptions): Decide {
  const downUnkeyed: OwnAnswer = { status: 502, error: null, text: 'The service does not answer.' };
  const garbledUnkeyed: OwnAnswer = { ...downUnkeyed, text: 'The service did not answer in HTTP/1.1.' };
  const downKeyed: OwnAnswer = {
    status: 502,
    error: 'baseline-unreachable',
    text: `The baseline of ${service} takes no connections.`,
  };
  const garbledKeyed: OwnAnswer = {
    status: 502,
    error: 'bad-answer',
    text: `${service} did not answer in HTTP/1.1.`,
  };
  const forkUnreachable: OwnAnswer = refusal(service, 'fork-unreachable');
  const baselineLine = `x-seatrial-routed: ${service}=baseline\r\n`;

  const toBaseline = (keyed: boolean, hop: HopObserver | null): Plan => {
    const address = baseline();
    const unreachable = keyed ? downKeyed : downUnkeyed;
    if (address === null) {
      hop?.unreachable(unreachable.status);
      return { kind: 'answer', answer: unreachable };
    }
    return {
      kind: 'forward',
      address,
      instance: 'baseline',
      head: null,
      answerLine: keyed ? baselineLine : null,
      hop,
      unreachable,
      garbled: keyed ? garbledKeyed : garbledUnkeyed,
    };
  };

  return (head: RequestHead): Plan => {
    const found = head.carriers === null ? null : keyOf(head.carriers);
    if (found === null) return toBaseline(false, null);
    const route = table.lookup(service, found.key);
    const to = table.knows(found.key) ? recorder : null;
    switch (route.kind) {
      case 'baseline':
        return toBaseline(true, observe(to, service, found, 'baseline', null, 'baseline-unreachable'));
      case 'refused': {
        const hop = observe(to, service, found, 'fork', null, route.reason);
        hop?.unreachable(503);
        return { kind: 'answer', answer: refusal(service, route.reason) };
      }
      case 'fork':
        return {
          kind: 'forward',
          address: route.address,
          instance: route.instance,
          head: null,
          answerLine: `x-seatrial-routed: ${service}=${route.sandbox ?? found.key}\r\n`,
          hop: observe(to, service, found, 'fork', route.instance, 'fork-unreachable'),
          unreachable: forkUnreachable,
          garbled: garbledKeyed,
        };
    }
  };
}

function refusal(service: string, reason: string): OwnAnswer {
  return {
    status: 503,
    error: reason,
    text: `The sandbox's fork of ${service} cannot serve: ${reason}. The baseline was not asked instead.`,
  };
}

/** Tells the recorder of one request. `refusal`: the reason where the destination takes no connection. */
function observe(
  recorder: HopRecorder | null,
  service: string,
  { key, correlation }: RoutingKey,
  destination: 'fork' | 'baseline',
  instance: string | null,
  refusal: string,
): HopObserver | null {
  if (recorder === null) return null;
  const atEpochMs = Date.now();
  let hop: HopHandle | null = null;
  const open = (): HopHandle =>
    recorder.open(key, { correlation, service, destination, instance, refusal: null, atEpochMs });
  return {
    sent: () => {
      hop ??= open();
    },
    // A caller that left before the connection stood: nothing was sent, nothing is counted.
    answered: (status) => hop?.answered(status),
    brokeOff: () => hop?.brokeOff(),
    unreachable: (status) => {
      hop?.withdraw();
      const refused = { correlation, service, destination: 'refused' as const, instance, refusal, atEpochMs };
      recorder.open(key, refused).answered(status);
    },
  };
}
