import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { noLog } from '../../../src/log.ts';
import type { RouterFork, RouterReceipt, RouterRoutes } from '../../../src/operator/agent-api.ts';
import { type RouterAgentOptions, runRouterAgent } from '../../../src/operator/router/agent.ts';
import type { Address } from '../../../src/routing/table.ts';
import { type HaproxyProcess, startHaproxy } from '../../routing/haproxy-process.ts';
import { baggage, type Got, get, headerOf, httpService } from '../../routing/support.ts';
import { type MemoryKube, memoryKube } from '../memory-kube.ts';
import { forkPod, keyA, sandbox, shadow } from './objects.ts';

/** A real HAProxy and a real agent; pods are servers on loopback, and the API is in memory. */
export interface Stage {
  readonly haproxy: HaproxyProcess;
  readonly api: MemoryKube;
  readonly pricing: Address;
  readonly agent: Address;
  ask(path: string): Promise<{ status: number; body: unknown }>;
  routes(name: string, after?: number): Promise<RouterRoutes>;
  /** Waits until the fork of `pricing` is in a state. */
  fork(name: string, holds: (fork: RouterFork) => boolean): Promise<RouterFork>;
  receipt(key: string, correlation?: string): Promise<RouterReceipt>;
  request(key: string | null, correlation?: string): Promise<Got>;
  stopAgent(): Promise<void>;
  startAgent(): void;
}

export const one = sandbox('pr-1', keyA, ['pricing']);
export const serving = (name: string) => httpService((_, answer) => answer.end(name));

export function stage(...objects: readonly KubeObject[]): Promise<Stage> {
  return stageWith({}, ...objects);
}

export async function stageWith(
  { hearing }: Pick<RouterAgentOptions, 'hearing'>,
  ...objects: readonly KubeObject[]
): Promise<Stage> {
  const haproxy = await startHaproxy();
  const [routerPort = 0] = haproxy.httpPorts;
  const agentPort = haproxy.tcpPorts[2] ?? 0;
  const baseline = await serving('baseline');
  const service = shadow('pricing', { port: baseline.port, routerPort, clusterIP: baseline.host });
  const api = memoryKube(service, ...objects);
  const listen = { host: '127.0.0.2', port: agentPort };
  let end = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const startAgent = () => {
    end = new AbortController();
    const options = {
      kube: api.kube,
      namespace: 'shop',
      folder: haproxy.folder,
      listen,
      hearing,
      log: noLog,
    };
    running = runRouterAgent(options, end.signal);
  };
  const stopAgent = async () => {
    end.abort();
    await running;
  };
  startAgent();
  onTestFinished(stopAgent);
  const pricing = { host: '127.0.0.1', port: routerPort };
  const ask = async (path: string) => {
    const got = await get({ host: '127.0.0.2', port: agentPort }, [], { path });
    return { status: got.status, body: JSON.parse(got.body) };
  };
  const routes = async (name: string, after = 0) =>
    (await ask(`/v1/routes?sandbox=${name}&after=${after}&wait=5000`)).body as RouterRoutes;
  await until(async () => (await ask('/readyz').catch(() => null))?.status === 200);
  return {
    haproxy,
    api,
    pricing,
    agent: listen,
    ask,
    routes,
    fork: async (name, holds) => {
      let after = 0;
      for (;;) {
        const answer = await routes(name, after);
        const [fork] = answer.forks;
        if (fork !== undefined && holds(fork)) return fork;
        after = answer.version;
      }
    },
    receipt: async (key, correlation) => {
      const wanted = correlation === undefined ? '' : `&correlation=${correlation}`;
      return (await ask(`/v1/receipts?key=${key}${wanted}&hops=10`)).body as RouterReceipt;
    },
    request: (key, correlation) => get(pricing, key === null ? [] : [baggage(key, correlation)]),
    stopAgent,
    startAgent,
  };
}

export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20);
}

export const errorOf = (got: Got) => [got.status, headerOf(got, 'x-seatrial-error')];
export const routed = ({ state, canary }: RouterFork) => state === 'routed' && canary === 'seen';
export const pod = (address: Address, options: Parameters<typeof forkPod>[2] = {}) =>
  forkPod('pr-1', 'pricing', { ip: address.host, port: address.port, ...options });
