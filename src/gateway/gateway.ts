import { type ErrorData, renderError, toErrorData } from '../errors.ts';
import type { Header } from '../exchange.ts';
import { startForwarder } from '../routing/forwarder.ts';
import { type RequestHead, writeRequestHead } from '../routing/head.ts';
import { mintCorrelation, parseKey, withKey } from '../routing/key.ts';
import type { OwnAnswer, Plan, Target } from '../routing/plan.ts';
import { type GatewayName, refusalOf } from './guard.ts';

/** The loopback address of one service of one side: what is sent there carries the side's key. */
export interface Gateway {
  readonly port: number;
  /** `http://127.0.0.1:<port>`. */
  readonly origin: string;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly service: string;
  /** The sandbox's name, or `baseline`. */
  readonly sideName: string;
  readonly key: string;
  /** The router of the service. Asked for each request; throws a SeatrialError while nothing may be sent. */
  readonly upstream: () => Target;
  /** The value of Host that the service sees: the same on every side. */
  readonly serviceHost: string;
  /** 0, by default, takes a free one. */
  readonly port?: number;
}

/**
 * Opens a gateway. Host and baggage are all that it changes, and both are of equal length on every side, so that
 * services see no difference that is not one. A correlation that the caller gave under the same key stays; else one is
 * minted for each request.
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { service, sideName } = options;
  const gateway = await startForwarder({
    ...(options.port === undefined ? {} : { port: options.port }),
    decide: (port) => (head) => planFor(head, { service, sideName, port }, options),
  });
  return { ...gateway, origin: `http://127.0.0.1:${gateway.port}` };
}

function planFor(head: RequestHead, name: GatewayName, options: GatewayOptions): Plan {
  const refused = refusalOf(head, name);
  if (refused !== null) return { kind: 'answer', answer: refused };
  let address: Target;
  try {
    address = options.upstream();
  } catch (error) {
    return { kind: 'answer', answer: notReady(toErrorData(error)) };
  }
  return {
    kind: 'forward',
    address,
    instance: 'router',
    head: keyedHead(head, options),
    answerLine: null,
    hop: null,
    unreachable: routerGone,
    garbled: routerGone,
  };
}

const routerGone: OwnAnswer = {
  status: 502,
  error: 'router-unreachable',
  text: 'The router of the service does not answer. Inspect the sandbox, and provision it anew if it is gone.',
};

function notReady(error: ErrorData): OwnAnswer {
  return { status: 503, error: error.code, text: renderError(error) };
}

function keyedHead(head: RequestHead, { key, serviceHost }: GatewayOptions): string {
  const headers: Header[] = [];
  for (let at = 0; at < head.fields.length; at += 2) {
    const field = head.fields[at] ?? '';
    headers.push([field, field.toLowerCase() === 'host' ? serviceHost : (head.fields[at + 1] ?? '')]);
  }
  const given = head.carriers === null ? null : parseKey(headers);
  const correlation = given?.key === key ? given.correlation : null;
  return writeRequestHead(head, withKey(headers, key, correlation ?? mintCorrelation()).flat());
}
