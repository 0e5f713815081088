import { once } from 'node:events';
import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { SeatrialError } from '../../errors.ts';
import type { KubeApi, Resource } from '../../kube/api.ts';
import { missingRight, Refusals, rightText } from '../../kube/forbidden.ts';
import { type Informer, startInformer } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import type { Log } from '../../log.ts';
import { labels, ports } from '../../sandbox/cluster-names.ts';
import { type AnswerContext, answerGet, grantIt, respondError, respondJson, type World } from './answers.ts';
import { healthServer } from './health.ts';
import { destinationOf, serveTunnel } from './tunnel.ts';

export interface GatewayPodOptions {
  readonly kube: KubeApi;
  /** The namespace that it is of. */
  readonly namespace: string;
  readonly version: string;
  readonly log: Log;
  /** Other ports than those of the pod, for tests. */
  readonly ports?: { readonly gateway: number; readonly health: number };
}

/** What one stream may have under way towards us: with a few hundred of them it still fits the pod's memory. */
const streamWindow = 256 * 1024;
const maxStreams = 1_000;
/** How long streams may go on once the pod is to end. */
const drainMs = 10_000;

/** Serves channel-api.ts on the pod's loopback until the signal aborts; then lets go of its clients, and resolves. */
export async function runGateway(options: GatewayPodOptions, signal: AbortSignal): Promise<void> {
  const { kube, namespace, version, log } = options;
  const { gateway: gatewayPort, health: healthPort } = options.ports ?? ports;
  const refusals = new Refusals();
  const world = watchNamespace(options, refusals, signal);
  const trouble = (): string | null => {
    const right = missingRight(refusals.of(namespace));
    return right === null ? null : `may not ${rightText(right)}`;
  };
  const informers = Object.values(world);
  const sessions = new Set<ServerHttp2Session>();
  let streams = 0;

  const server = createServer({
    settings: { initialWindowSize: streamWindow, maxConcurrentStreams: maxStreams },
    // In megabytes; what one session may hold of ours before it is refused streams.
    maxSessionMemory: 128,
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {}).on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    streams += 1;
    serve(stream, headers, { kube, namespace, version, world, trouble });
  });
  const health = healthServer({
    ready: () => !signal.aborted && informers.every(({ isSynced }) => isSynced) && trouble() === null,
    metrics: () =>
      [
        '# TYPE seatrial_gateway_sessions gauge',
        `seatrial_gateway_sessions ${sessions.size}`,
        '# TYPE seatrial_gateway_streams_total counter',
        `seatrial_gateway_streams_total ${streams}`,
        '',
      ].join('\n'),
  });
  server.listen(gatewayPort, '127.0.0.1');
  health.listen(healthPort);
  await Promise.all([once(server, 'listening'), once(health, 'listening')]);
  log.info('gateway.listening', { namespace, version });
  const broken = Promise.race(informers.map(({ ended }) => ended));
  try {
    await Promise.race([broken, aborted(signal)]);
  } finally {
    await drain(server, sessions);
    health.close();
    health.closeAllConnections();
    log.info('gateway.ended', { namespace });
  }
}

function watchNamespace(
  { kube, namespace, log }: GatewayPodOptions,
  refusals: Refusals,
  signal: AbortSignal,
): World {
  function watch<T extends KubeObject>(resource: Resource, labelSelector?: string): Informer<T> {
    return startInformer<T>(
      kube,
      resource,
      {
        namespace,
        ...(labelSelector === undefined ? {} : { labelSelector }),
        onError: (error) => {
          refusals.note(null, error);
          log.warn('gateway.watch', { resource: resource.plural, error: error.message });
        },
      },
      signal,
    );
  }
  return {
    services: watch(resources.services),
    // Forks come and go by the hundred, and nothing that is told here rests on them.
    deployments: watch(resources.deployments, `!${labels.sandbox}`),
    statefulSets: watch(resources.statefulSets),
    claims: watch(resources.persistentVolumeClaims),
    pods: watch(resources.pods, `!${labels.sandbox},!${labels.role}`),
    routers: watch(resources.pods, `${labels.role}=router`),
  };
}

function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, context: AnswerContext): void {
  stream.on('error', () => {});
  const method = headers[':method'];
  const { world, namespace } = context;
  const isSynced = Object.values(world).every((informer) => informer.isSynced);
  const why = context.trouble();
  // What it may not follow any more is stale, and must not be told as if it were so; connections still find their way.
  if (!isSynced || (why !== null && method === 'GET')) {
    respondJson(stream, 503, {
      code: 'gateway-unreachable',
      what: `The gateway does not know what is in namespace ${namespace}.`,
      ...(why === null ? {} : { why: `It ${why}.` }),
      next: why === null ? 'Call again in a moment.' : grantIt,
    });
    return;
  }
  if (method === 'CONNECT') {
    try {
      const destination = destinationOf(headers[':authority'] ?? '', world.services.list(), namespace);
      serveTunnel(stream, destination, (status, error) => respondJson(stream, status, error));
    } catch (error) {
      respondError(stream, error);
    }
    return;
  }
  if (method !== 'GET') {
    respondError(
      stream,
      new SeatrialError('invalid-argument', {
        what: 'The gateway answers GET and CONNECT only.',
        next: 'Use a client of the same version as what is installed in the cluster.',
      }),
    );
    return;
  }
  const gone = new AbortController();
  stream.once('close', () => gone.abort());
  answerGet(headers[':path'] ?? '/', context, gone.signal).then(
    (answer) => respondJson(stream, 200, answer),
    (error) => {
      if (!gone.signal.aborted) respondError(stream, error);
    },
  );
}

/** GOAWAY sends clients to the other pod; what is under way may end. */
async function drain(server: Http2Server, sessions: ReadonlySet<ServerHttp2Session>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const session of sessions) session.close();
  const late = setTimeout(() => {
    // Without an error, requests under way would end as if they were whole.
    for (const session of sessions) session.destroy(new Error('the gateway ends'), constants.NGHTTP2_CANCEL);
  }, drainMs);
  await closed;
  clearTimeout(late);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
