import type { Surroundings } from '../../tool/surroundings.ts';
import { type Agent, type Data, startAgent } from './agent.ts';
import { edit, type Fault } from './fault.ts';
import { planList, type RunResult, runResult, sandboxResult, teardownResult } from './results.ts';
import type { Scratch } from './scratch.ts';
import type { Story } from './story.ts';

export interface Play {
  readonly fault: Fault;
  readonly scratch: Scratch;
  readonly story: Story;
  readonly surroundings: Surroundings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly stage: Stage;
}

/** What is different from engine to engine. */
export interface Stage {
  /** How long a sandbox of a demo that was killed with -9 outlives it. */
  readonly lease: string;
  /** What provision_sandbox needs to know of the code as it stands now, such as an image made of it. */
  changes(fault: Fault): Promise<Data>;
}

export const localStage: Stage = { lease: '2m', changes: async () => ({}) };

export interface Played {
  /** Whether the fault was caught by name, the mended code proven, and all of it torn down. */
  readonly true: boolean;
  /** The gateway's ports that the agent was told. */
  readonly ports: readonly number[];
}

/** The loop, as an agent goes through it. Every line that says something checks it first. */
export async function play({
  fault,
  scratch,
  story,
  surroundings,
  env,
  signal,
  stage,
}: Play): Promise<Played> {
  story.scene('A shop of five services is on main. An agent gets a task.');
  story.line(`“${fault.task}”`);
  await edit(scratch.shop, fault, fault.find, fault.replace);
  story.edit(fault.file, fault.find, fault.replace);

  const agent = await startAgent(surroundings.entry, scratch.shop, env);
  const stop = () => void agent.close();
  signal.addEventListener('abort', stop, { once: true });
  const ports = new Set<number>();
  try {
    const plans = await fittingPlans(agent, story);
    const first = { lease: stage.lease, ...(await stage.changes(fault)) };
    const sandbox = await provision(agent, story, first, ports);

    story.scene('run_plan: what broke?');
    const broken = await runAll(agent, plans, sandbox, story);
    const caught = broken.some((run) => run.verdict === 'failed' && names(fault, run));
    if (!caught) story.bad(`No plan named the fault: ${fault.title}.`);

    story.scene('The agent reads the finding, and corrects itself.');
    await edit(scratch.shop, fault, fault.replace, fault.right);
    story.edit(fault.file, fault.replace, fault.right);
    await provision(agent, story, { sandbox, ...(await stage.changes(fault)) }, ports);

    story.scene('run_plan again: is it proven now?');
    const mended = await runAll(agent, plans, sandbox, story);
    const proven = mended.length > 0 && mended.every(isProven);

    const clean = await tearDown(agent, story, sandbox);
    return { true: caught && proven && clean, ports: [...ports] };
  } finally {
    signal.removeEventListener('abort', stop);
    await agent.close();
  }
}

async function fittingPlans(agent: Agent, story: Story): Promise<string[]> {
  story.scene('list_plans: which checks fit this change?');
  const { plans } = planList.parse(await agent.call('list_plans', {}));
  const fitting = plans.filter(({ reasons }) => reasons.length > 0);
  for (const { name, reasons } of fitting) story.line(`${name}: ${reasons[0]}`);
  return fitting.map(({ name }) => name);
}

async function provision(agent: Agent, story: Story, input: Data, ports: Set<number>): Promise<string> {
  story.scene(
    input.sandbox === undefined
      ? 'provision_sandbox: only what changed is started, beside the shared baseline.'
      : 'provision_sandbox: the same sandbox, with the corrected code.',
  );
  const from = Date.now();
  const result = sandboxResult.parse(await agent.call('provision_sandbox', { ...input }));
  if (result.state !== 'ready') throw new Error(`The sandbox is ${result.state}. ${result.next}`);
  for (const url of Object.values(result.urls)) ports.add(Number(new URL(url).port));
  const forks = result.forks.map(({ service }) => service).join(', ');
  const borrowed = Object.keys(result.urls).length - result.forks.length;
  const took = ((Date.now() - from) / 1000).toFixed(1);
  story.good(`${result.sandbox}: ${forks} forked, ${borrowed} services borrowed, in ${took} s`);
  return result.sandbox;
}

async function runAll(
  agent: Agent,
  plans: readonly string[],
  sandbox: string,
  story: Story,
): Promise<RunResult[]> {
  const runs: RunResult[] = [];
  for (const plan of plans) {
    const run = { ...runResult.parse(await agent.call('run_plan', { plan, sandbox })), plan };
    tell(story, run);
    runs.push(run);
  }
  return runs;
}

function tell(story: Story, { plan, verdict, receipts, findings, reasons }: RunResult): void {
  const hops = receipts.forks.map(({ service, hops }) => `${service} ${hops}`).join(', ');
  const say = verdict === 'passed' ? story.good : story.bad;
  say(`${plan}: ${verdict.toUpperCase()}`);
  for (const { severity, rule, place, requests, before, after, effect } of findings.slice(0, 3)) {
    story.line(`  ${severity} ${rule} at ${place} of ${requests.join(', ')}`);
    story.line(`    ${before ?? '(absent)'} → ${after ?? '(absent)'}. ${effect}`);
  }
  if (findings.length === 0) for (const { code, message } of reasons) story.line(`  ${code}: ${message}`);
  story.line(
    `  proof: ${receipts.exercised} of ${receipts.required} requests were served by the fork (hops: ${hops})`,
  );
}

async function tearDown(agent: Agent, story: Story, sandbox: string): Promise<boolean> {
  story.scene('teardown: the sandbox ends, verified.');
  const { removed, left } = teardownResult.parse(await agent.call('teardown', { sandbox }));
  story.good(`removed: ${countKinds(removed)}`);
  for (const { what, why } of left) story.bad(`left: ${what}: ${why}`);
  return left.length === 0;
}

/** `process 4711 (pricing)`, `gateway …`, … as `1 process, 5 gateways`. */
function countKinds(removed: readonly string[]): string {
  const kinds = Map.groupBy(removed, (what) => /^routing key|^\S+/.exec(what)?.[0] ?? what);
  return [...kinds].map(([kind, { length }]) => `${length} ${kind}${length === 1 ? '' : 's'}`).join(', ');
}

/** Whether a run's findings say what is wrong, and not only that something is. */
function names({ expect }: Fault, run: RunResult): boolean {
  return run.findings.some(({ rule, place }) => rule === expect.rule && place === expect.place);
}

function isProven({ verdict, receipts }: RunResult): boolean {
  return verdict === 'passed' && receipts.required > 0 && receipts.exercised === receipts.required;
}
