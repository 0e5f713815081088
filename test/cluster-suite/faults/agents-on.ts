import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Agent, startAgent } from '../../faults/agent.ts';
import { processesOf } from '../../faults/processes.ts';
import { type Scratch, scratchRepository } from '../../support/scratch-repository.ts';
import type { Stage } from './stage.ts';

const plan = `---
seatrial: 1
name: slowly
selectionHint: Asks pricing many times.
covers: { services: [pricing] }
---
# pricing answers
${Array.from(
  { length: 8 },
  (_, at) => `## Step ${at}

\`\`\`yaml step
id: step-${at}
http: { service: pricing, path: "/?ms=600" }
expect: { status: 200 }
\`\`\`
`,
).join('\n')}`;

const config = ({ namespace }: Stage, context: string, services: string) => `
engine: kubernetes
kubernetes: { context: ${context}, namespace: ${namespace} }
services:
${services}
`;

const pricing = '  pricing: { paths: [pricing.mjs] }';

export interface OpenedAgent {
  readonly agent: Agent;
  readonly scratch: Scratch;
  /** Of the change under trial. */
  readonly tree: string;
  /** Writes seatrial.yaml anew, with these lines under `services:`. */
  configure(services: string): void;
  /** One more client in the same working tree. */
  another(): Promise<Agent>;
}

export interface AgentOptions {
  /** Lines under `services:` in seatrial.yaml. */
  readonly services?: string;
  readonly plans?: Readonly<Record<string, string>>;
}

/** MCP clients, each in a repository of its own whose seatrial.yaml names the stage; ended after the tests. */
export function agentsOn(
  stage: () => Stage,
  { services = pricing, plans = { 'plans/slowly.md': plan } }: AgentOptions = {},
): () => Promise<OpenedAgent> {
  const scratches: Scratch[] = [];
  afterAll(() => {
    for (const scratch of scratches) {
      for (const { pid } of processesOf(scratch.folder)) process.kill(pid, 'SIGKILL');
      scratch[Symbol.dispose]();
    }
  });

  return async () => {
    const own = stage();
    const context = (await own.cluster.kubectl(['config', 'current-context'])).trim();
    const scratch = scratchRepository({
      'seatrial.yaml': config(own, context, services),
      'pricing.mjs': 'one\n',
      ...plans,
    });
    scratches.push(scratch);
    const kubeconfig = join(scratch.folder, 'kubeconfig');
    cpSync(own.cluster.kubeconfig, kubeconfig);
    scratch.write('pricing.mjs', 'two\n');
    scratch.git('commit', '--quiet', '--all', '--message=change');
    const env = {
      ...scratch.env,
      KUBECONFIG: kubeconfig,
      SEATRIAL_HOME: join(scratch.folder, 'home'),
      SEATRIAL_HOST_IDLE_SECONDS: '0.5',
    };
    const another = () => startAgent({ cwd: scratch.root, env }, () => {});
    return {
      agent: await another(),
      scratch,
      tree: scratch.git('rev-parse', 'HEAD^{tree}'),
      another,
      configure: (lines) => scratch.write('seatrial.yaml', config(own, context, lines)),
    };
  };
}
