import type { ServerHttp2Stream } from 'node:http2';
import { z } from 'zod';
import { type ErrorCode, type ErrorData, SeatrialError, toErrorData } from '../../errors.ts';
import type { KubeApi } from '../../kube/api.ts';
import { KubeError } from '../../kube/api.ts';
import { missingRight, rightText } from '../../kube/forbidden.ts';
import type { Informer } from '../../kube/informer.ts';
import type { Deployment, PersistentVolumeClaim, Pod, Service, StatefulSet } from '../../kube/objects.ts';
import { forkLogs } from './logs.ts';
import { clusterReceipt } from './receipts.ts';
import { clusterServices } from './services.ts';

/** What the gateway knows of its namespace. */
export interface World {
  readonly services: Informer<Service>;
  readonly deployments: Informer<Deployment>;
  readonly statefulSets: Informer<StatefulSet>;
  readonly claims: Informer<PersistentVolumeClaim>;
  /** Neither of forks nor of ours. */
  readonly pods: Informer<Pod>;
  readonly routers: Informer<Pod>;
}

export interface AnswerContext {
  readonly kube: KubeApi;
  readonly namespace: string;
  readonly version: string;
  readonly world: World;
  /** A right that it lacks. */
  readonly trouble: () => string | null;
}

const key = z.string().regex(/^[a-z0-9-]{20}$/);
const correlation = z.string().regex(/^[a-z0-9]{8}$/);
const name = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
const maxCorrelations = 5_000;

/** Answers a GET of channel-api.ts; rejects with a SeatrialError. */
export async function answerGet(
  path: string,
  { kube, namespace, version, world }: AnswerContext,
  signal: AbortSignal,
): Promise<unknown> {
  const url = new URL(path, 'http://gateway');
  const query = url.searchParams;
  if (url.pathname === '/v1/version') return { version, namespace };
  if (url.pathname === '/v1/services') {
    const objects = {
      services: world.services.list(),
      deployments: world.deployments.list(),
      statefulSets: world.statefulSets.list(),
      claims: world.claims.list(),
    };
    return clusterServices(objects, world.pods.list());
  }
  if (url.pathname === '/v1/receipts') {
    const question = {
      key: checked('key', key, query.get('key')),
      correlations: query.getAll('correlation').map((one) => checked('correlation', correlation, one)),
      hops: checked('hops', z.coerce.number().int().min(0).max(1000), query.get('hops') ?? '0'),
    };
    if (question.correlations.length > maxCorrelations) throw invalid('correlation');
    return clusterReceipt(world.routers.list(), question, signal);
  }
  const [, sandbox, service] = /^\/v1\/logs\/([^/]+)\/([^/]+)$/.exec(url.pathname) ?? [];
  if (sandbox !== undefined && service !== undefined) {
    const question = {
      sandbox: checked('sandbox', name, sandbox),
      service: checked('service', name, service),
      tail: checked('tail', z.coerce.number().int().min(1).max(1000), query.get('tail') ?? '50'),
    };
    return { lines: await forkLogs(kube, namespace, question, signal) };
  }
  throw new SeatrialError('invalid-argument', {
    what: `The gateway has nothing at ${url.pathname.slice(0, 80)}.`,
    next: 'Use a client of the same version as what is installed in the cluster.',
  });
}

export function respondJson(stream: ServerHttp2Stream, status: number, value: unknown): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  const body = Buffer.from(JSON.stringify(value));
  stream.respond({
    ':status': status,
    'content-type': 'application/json',
    'content-length': String(body.length),
  });
  stream.end(body);
}

export function respondError(stream: ServerHttp2Stream, thrown: unknown): void {
  const data = thrown instanceof KubeError ? fromApi(thrown) : toErrorData(thrown);
  respondJson(stream, statusOf(data.code), data);
}

const statuses: Partial<Record<ErrorCode, number>> = {
  'invalid-argument': 400,
  'unknown-service': 404,
  'unknown-sandbox': 404,
  'service-unreachable': 502,
};

function statusOf(code: ErrorCode): number {
  return statuses[code] ?? 500;
}

export const grantIt =
  'Have an administrator run `seatrial install` again, which grants it; `seatrial doctor` names all that is missing.';

/** What the API refused the gateway is for whoever installed it. */
function fromApi(error: KubeError): ErrorData {
  const right = missingRight(error);
  if (right !== null) {
    return {
      code: 'cluster-refused',
      what: `The gateway may not ${rightText(right)}.`,
      next: grantIt,
    };
  }
  return {
    code: 'cluster-refused',
    what: `The Kubernetes API did not serve the gateway: ${error.message}.`,
    next: 'Run `seatrial doctor`: it names rights that are missing in the cluster.',
  };
}

function checked<T>(what: string, schema: z.ZodType<T>, value: unknown): T {
  const read = schema.safeParse(value);
  if (!read.success) throw invalid(what);
  return read.data;
}

function invalid(what: string): SeatrialError {
  return new SeatrialError('invalid-argument', {
    what: `\`${what}\` of the request to the gateway has the wrong form.`,
    next: 'Use a client of the same version as what is installed in the cluster.',
  });
}
