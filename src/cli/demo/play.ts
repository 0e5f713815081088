import { z } from 'zod';
import type { Surroundings } from '../../tool/surroundings.ts';
import { type Agent, type Data, startAgent } from './agent.ts';
import { edit, type Fault } from './fault.ts';
import { findLeftovers } from './leftovers.ts';
import type { Scratch } from './scratch.ts';
import type { Story } from './story.ts';

export interface Play {
  readonly fault: Fault;
  readonly scratch: Scratch;
  readonly story: Story;
  readonly surroundings: Surroundings;
  readonly signal: AbortSignal;
}

const planList = z.object({ plans: z.array(z.object({ name: z.string(), reasons: z.array(z.string()) })) });
const sandboxResult = z.object({
  sandbox: z.string(),
  state: z.string(),
  urls: z.record(z.string(), z.string()),
  forks: z.array(z.looseObject({ service: z.string() })),
  next: z.string(),
});
const runResult = z.object({
  run: z.string(),
  verdict: z.enum(['passed', 'failed', 'inconclusive']),
  reasons: z.array(z.object({ code: z.string(), message: z.string() })),
  findings: z.array(
    z.object({
      rule: z.string(),
      severity: z.string(),
      requests: z.array(z.string()),
      service: z.string(),
      place: z.string(),
      before: z.string().nullable(),
      after: z.string().nullable(),
      effect: z.string(),
    }),
  ),
  steps: z.array(z.object({ id: z.string(), outcome: z.string(), details: z.array(z.string()).optional() })),
  receipts: z.object({ required: z.number(), exercised: z.number() }).nullable(),
});
type RunResult = z.infer<typeof runResult>;

/** The loop, as an agent goes through it. Every line that says something checks it first. */
export async function play({ fault, scratch, story, surroundings, signal }: Play): Promise<boolean> {
  const startedAt = Date.now();
  const seconds = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
  const env = { ...surroundings.env, SEATRIAL_HOME: scratch.home, SEATRIAL_HOST_IDLE_SECONDS: '0.2' };
  story.title(`Seatrial: an agent proves its own change   (fault drawn: ${fault.name})`);

  story.scene('A shop of five services is on main. An agent gets a task.');
  story.line(`“${fault.task}”`);
  await edit(scratch.shop, fault, fault.find, fault.replace);
  story.edit(fault.file, fault.find, fault.replace);

  const agent = await startAgent(surroundings.entry, scratch.shop, env);
  const stop = () => void agent.close();
  signal.addEventListener('abort', stop, { once: true });
  const ports: number[] = [];
  let truth = true;
  try {
    const plans = await fittingPlans(agent, story);
    const sandbox = await provision(agent, story, {}, ports);

    story.scene('run_plan: what broke?');
    const broken = await runAll(agent, plans, sandbox);
    const failed = broken.filter(({ verdict }) => verdict === 'failed');
    tellFailure(story, broken);
    const named = failed.some((run) => names(fault, run));
    if (!named) {
      truth = false;
      story.bad(`No plan named the fault ${fault.name}: ${fault.title}.`);
    }

    story.scene('The agent reads the finding, and corrects itself.');
    await edit(scratch.shop, fault, fault.replace, fault.right);
    story.edit(fault.file, fault.replace, fault.right);
    await provision(agent, story, { sandbox }, ports);

    story.scene('run_plan again: is it proven now?');
    for (const run of await runAll(agent, plans, sandbox)) {
      if (run.verdict !== 'passed') truth = false;
      tellRun(story, run);
    }

    story.scene('teardown');
    const { removed, left } = z
      .object({ removed: z.array(z.string()), left: z.array(z.unknown()) })
      .parse(await agent.call('teardown', { sandbox }));
    story.good(`removed: ${removed.join(', ')}`);
    if (left.length > 0) {
      truth = false;
      story.bad(`left: ${JSON.stringify(left)}`);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await agent.close();
  }

  story.scene('What is left on this machine?');
  const left = await findLeftovers(scratch.folder, ports, surroundings.pid, 10);
  await scratch.remove();
  if (left.processes.length + left.ports.length > 0) {
    truth = false;
    for (const line of left.processes) story.bad(`process ${line}`);
    for (const port of left.ports) story.bad(`port ${port}`);
  } else story.good(`0 processes, 0 of ${ports.length} ports, 0 folders`);
  story.line('');
  story.line(
    truth
      ? `Done in ${seconds()}, with no person in the path.`
      : `The story did not come true (${seconds()}).`,
  );
  return truth;
}

async function fittingPlans(agent: Agent, story: Story): Promise<string[]> {
  story.scene('list_plans: which checks fit this change?');
  const { plans } = planList.parse(await agent.call('list_plans', {}));
  const fitting = plans.filter(({ reasons }) => reasons.length > 0);
  for (const { name, reasons } of fitting) story.line(`${name.padEnd(20)} ${reasons[0]}`);
  return fitting.map(({ name }) => name);
}

async function provision(agent: Agent, story: Story, input: Data, ports: number[]): Promise<string> {
  story.scene(
    input.sandbox === undefined
      ? 'provision_sandbox: only what changed is started, beside the shared baseline.'
      : 'provision_sandbox: the same sandbox, with the corrected code.',
  );
  const from = Date.now();
  const result = sandboxResult.parse(await agent.call('provision_sandbox', { ...input }));
  if (result.state !== 'ready') throw new Error(`The sandbox is ${result.state}. ${result.next}`);
  ports.push(...Object.values(result.urls).map((url) => Number(new URL(url).port)));
  const forks = result.forks.map(({ service }) => service).join(', ');
  const all = Object.keys(result.urls).length;
  story.good(
    `${result.sandbox}: ${forks} forked, ${all - result.forks.length} services borrowed (${Date.now() - from} ms)`,
  );
  return result.sandbox;
}

async function runAll(
  agent: Agent,
  plans: readonly string[],
  sandbox: string,
): Promise<(RunResult & { plan: string })[]> {
  const runs: (RunResult & { plan: string })[] = [];
  for (const plan of plans) {
    runs.push({ ...runResult.parse(await agent.call('run_plan', { plan, sandbox })), plan });
  }
  return runs;
}

function tellFailure(story: Story, runs: readonly (RunResult & { plan: string })[]): void {
  for (const run of runs) tellRun(story, run);
}

function tellRun(story: Story, run: RunResult & { plan: string }): void {
  const { required, exercised } = run.receipts ?? { required: 0, exercised: 0 };
  const proof = `${exercised} of ${required} requests were served by the fork`;
  if (run.verdict === 'passed') {
    story.good(`${run.plan}: passed; ${proof}`);
    return;
  }
  story.bad(`${run.plan}: ${run.verdict}; ${proof}`);
  for (const finding of run.findings.slice(0, 3)) {
    const change = [finding.before ?? '(absent)', finding.after ?? '(absent)'].join(' → ');
    story.line(
      `  ${finding.severity} ${finding.rule} at ${finding.place} of ${finding.requests.join(', ')}: ${change}`,
    );
    story.line(`  ${finding.effect}`);
  }
  if (run.findings.length === 0)
    for (const { code, message } of run.reasons) story.line(`  ${code}: ${message}`);
}

/** Whether a run's findings say what is wrong, and not only that something is. */
function names({ expect }: Fault, run: RunResult): boolean {
  return run.findings.some(({ rule, place }) => rule === expect.rule && place === expect.place);
}
