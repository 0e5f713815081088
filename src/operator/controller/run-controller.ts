import type { KubeApi } from '../../kube/api.ts';
import type { Log } from '../../log.ts';
import { objectNames, ports } from '../../sandbox/cluster-names.ts';
import { serveHealth } from '../health-server.ts';
import { createMetrics } from '../metrics.ts';
import { type AgentClient, createAgentClient } from './agent-client.ts';
import { watchCrd } from './crd.ts';
import type { EnrolmentPort } from './enrolling.ts';
import { lead } from './lead.ts';
import { type ElectionTimes, runElection } from './leader.ts';

export interface ControllerOptions {
  readonly kube: KubeApi;
  /** Where the Lease is. */
  readonly systemNamespace: string;
  /** Of this replica; no other has it. */
  readonly identity: string;
  /** Baselines that it serves; null: all. */
  readonly namespaces: readonly string[] | null;
  readonly createEnrolment: (kube: KubeApi) => EnrolmentPort;
  readonly log: Log;
  /** Null serves none; 0 takes a free port. */
  readonly healthPort?: number | null;
  readonly agents?: AgentClient;
  readonly electionTimes?: ElectionTimes;
}

const help = {
  seatrial_api_writes_total: 'Writes to the Kubernetes API.',
  seatrial_passes_total: 'Passes over a sandbox.',
  seatrial_pass_errors_total: 'Passes that failed and come again.',
  seatrial_queue_depth: 'Sandboxes that wait for a pass or are in one.',
  seatrial_sandboxes: 'Sandboxes by phase.',
  seatrial_leading: 'Whether this replica leads.',
  seatrial_provision_seconds: 'From the creation of a Sandbox to Ready.',
};

/** Until the signal aborts: one of the replicas, which leads whenever it holds the Lease. */
export async function runController(options: ControllerOptions, signal: AbortSignal): Promise<void> {
  const { kube, systemNamespace: namespace, identity, log } = options;
  const metrics = createMetrics(help);
  const agents = options.agents ?? createAgentClient();
  let leading = 0;
  metrics.gauge('seatrial_leading', () => [{ value: leading }]);
  const crd = await watchCrd(kube, log, signal);
  const healthPort = options.healthPort === undefined ? ports.health : options.healthPort;
  if (healthPort !== null) {
    const port = await serveHealth(
      { port: healthPort, trouble: () => crd.problem()?.message ?? null, metrics: metrics.render },
      signal,
    );
    log.info('controller started', { identity, healthPort: port });
  }
  const election = {
    kube,
    namespace,
    name: objectNames.controller,
    identity,
    log,
    ...(options.electionTimes === undefined ? {} : { times: options.electionTimes }),
  };
  try {
    await runElection(
      election,
      async (leadership, leadSignal) => {
        leading = 1;
        try {
          const { namespaces, createEnrolment } = options;
          await lead(
            {
              kube,
              systemNamespace: namespace,
              namespaces,
              identity,
              createEnrolment,
              agents,
              crd,
              metrics,
              log,
            },
            leadership,
            leadSignal,
          );
        } finally {
          leading = 0;
        }
      },
      signal,
    );
  } finally {
    agents.close();
  }
}
