import { Command, InvalidArgumentError } from 'commander';
import type { Surroundings } from '../tool/surroundings.ts';
import { addClusterVerbs } from './cluster/verbs.ts';
import { openTerminal } from './terminal.ts';
import type { Context, Verb } from './verb.ts';

/** What stands beside this folder, or above it: `main.ts` brings it along. */
export interface Doors {
  readonly serveMcp: (http: string | null, surroundings: Surroundings) => Promise<number>;
  readonly runHost: (repository: string, surroundings: Surroundings) => Promise<number>;
  readonly runOperator: (
    part: string,
    options: Readonly<Record<string, string>>,
    surroundings: Surroundings,
  ) => Promise<number>;
}

/** The verbs and their options. What a verb does is loaded when it is called. */
export function createProgram(
  surroundings: Surroundings,
  doors: Doors,
  ended: (code: number) => void,
): Command {
  const perform = async (verb: Verb) => {
    const { createContext } = await import('./verb.ts');
    const terminal = openTerminal(surroundings);
    try {
      ended(await verb(createContext(surroundings, terminal)));
    } finally {
      terminal.close();
    }
  };
  const program = new Command('seatrial')
    .description('Proves a change against the running system: sandbox, checks, verdict.')
    .version(surroundings.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => surroundings.stderr.write(text),
    })
    .addHelpText('after', '\nExit codes: 0 passed, 1 failed, 2 usage, 3 inconclusive, 4 could not run.');

  program
    .command('mcp')
    .description('serve MCP over stdio, or over HTTP on loopback')
    .option('--http <[host:]port>', 'Streamable HTTP at /mcp; port 0 takes a free one')
    .option('--cwd <folder>', 'folder in the working tree to serve', surroundings.cwd)
    .action(async ({ http, cwd }: { http?: string; cwd: string }) =>
      ended(await doors.serveMcp(http ?? null, { ...surroundings, cwd })),
    );

  program
    .command('provision')
    .description('start a sandbox with the changed services, update or renew one')
    .argument('[services...]', 'services to fork; default: those that the working tree changed')
    .option('--name <name>', 'name for a new sandbox')
    .option('--sandbox <name>', 'existing sandbox to update, renew or wait for')
    .option('--lease <length>', 'such as 30m or 2h')
    .option('--ref <ref>', 'git ref to fork in place of the working tree')
    .option('--image <service=image>', 'on Kubernetes: image to fork a service from; repeatable', collect)
    .option('--revision <id>', 'with --image: commit or tree that the images were built from')
    .option('--env <name=value>', 'for the forks; repeatable', collect)
    .option('--wait <seconds>', 'how long to wait; default: until it is ready or failed', seconds)
    .option('--json', 'print the structured result')
    .action((services, options) =>
      perform(async (context: Context) =>
        (await import('./provision.ts')).provision(context, services, options),
      ),
    );

  program
    .command('inspect')
    .description('show one sandbox, or all of yours')
    .argument('[sandbox]')
    .option('--logs', 'last log lines of the forks')
    .option('--hops', 'last requests that the routers saw')
    .option('--runs', 'runs')
    .option('--json', 'print the structured result')
    .action((sandbox, options) =>
      perform(async (context) => (await import('./inspect.ts')).inspect(context, sandbox, options)),
    );

  const plans = program.command('plans').description('list, check, start or try plans');
  plans
    .command('list', { isDefault: true })
    .description('plans that fit the change, with reasons')
    .option('--changed <file>', 'changed file, in place of what git says; repeatable', collect)
    .option('--query <words>', 'words to look for')
    .option('--json', 'print the structured result')
    .action((options) =>
      perform(async (context) => (await import('./plans.ts')).listPlans(context, options)),
    );
  plans
    .command('check')
    .description('lint every plan: file:line of what breaks the format')
    .option('--json', 'print the structured result')
    .action((options) =>
      perform(async (context) => (await import('./plans.ts')).checkPlans(context, options)),
    );
  plans
    .command('new')
    .description('write a plan to start from; never overwrites')
    .argument('<name>')
    .option('--service <service>', 'service that it covers')
    .action((name, options) =>
      perform(async (context) => (await import('./new-plan.ts')).newPlan(context, name, options)),
    );
  plans
    .command('try')
    .description('run a plan on the baseline alone: does it hold there?')
    .argument('<plan>')
    .option('--param <name=value>', 'parameter, JSON or text; repeatable', collect)
    .option('--wait <seconds>', 'how long to wait; default: until it is done', seconds)
    .option('--json', 'print the structured result')
    .action((plan, options) =>
      perform(async (context) => (await import('./plans.ts')).tryPlan(context, plan, options)),
    );

  program
    .command('run')
    .description('run a plan against a sandbox and judge it')
    .argument('[plan]')
    .option('--sandbox <name>', 'sandbox to run against')
    .option('--param <name=value>', 'parameter, JSON or text; repeatable', collect)
    .option('--run <id>', 'run to wait for again')
    .option('--wait <seconds>', 'how long to wait; default: until it is done', seconds)
    .option('--json', 'print the structured result')
    .action((plan, options) =>
      perform(async (context) => (await import('./run-plan.ts')).runPlan(context, plan, options)),
    );

  program
    .command('diff')
    .description('compare answers: of a sandbox, of two addresses, or recorded ones')
    .argument('[sandbox]', 'sandbox to compare with the baseline')
    .option('--plan <name>', 'with a sandbox: plan whose requests to compare')
    .option('--param <name=value>', 'parameter of the plan; repeatable', collect)
    .option(
      '--requests <file>',
      'JSON array of { id, method, path, headers?, body? }; with a sandbox also service',
    )
    .option('--expected <file>', 'with a sandbox: file of expected changes')
    .option('--intermittent', 'with a sandbox: look for what shows only sometimes')
    .option('--run <id>', 'with a sandbox: run to wait for again; with --accept: run that found it')
    .option('--wait <seconds>', 'how long to wait; default: until it is done', seconds)
    .option(
      '--accept <fingerprint>',
      'write a finding into the file of expected changes; repeatable',
      collect,
    )
    .option('--reason <text>', 'with --accept: why the change is wanted')
    .option('--baseline <url>', 'without a sandbox: address of the baseline')
    .option('--candidate <url>', 'without a sandbox: address of what to compare')
    .option('--captures <file>', 'JSON Lines of recorded answers; JSON Lines out')
    .option('--openapi <file>', 'with addresses or captures: OpenAPI document that says what may be missing')
    .option('--policy <file>', 'without a sandbox: file of severities, as seatrial.policy.yaml')
    .option('--openapi-baseline <file>', 'OpenAPI document of the baseline')
    .option('--openapi-candidate <file>', 'OpenAPI document to compare: what it takes no more')
    .option('--json', 'print the structured result')
    .action((sandbox, options) =>
      perform(async (context) => (await import('./diff.ts')).diff(context, sandbox, options)),
    );

  program
    .command('teardown')
    .description('end a sandbox, or all of yours')
    .argument('[sandbox]')
    .option('--all', 'all of yours')
    .option('--json', 'print the structured result')
    .action((sandbox, options) =>
      perform(async (context) => (await import('./teardown.ts')).teardown(context, sandbox, options)),
    );

  program
    .command('init')
    .description('write a draft of seatrial.yaml from what is found; never overwrites')
    .action(() => perform(async (context) => (await import('./init.ts')).init(context)));

  program
    .command('doctor')
    .description('check what Seatrial needs, here and in the cluster, and say what to do')
    .option('--kubeconfig <file>', 'default: as kubectl')
    .option('--context <name>', 'cluster to check; default: the one of seatrial.yaml')
    .option('-n, --namespace <name>', 'namespace to check; default: the one of seatrial.yaml')
    .option('--json', 'print the structured result')
    .action((options) => perform(async (context) => (await import('./doctor.ts')).doctor(context, options)));

  addClusterVerbs(program, perform);

  program
    .command('demo')
    .description('play the loop on a small shop: an agent breaks it, is told so, and mends it')
    .allowUnknownOption()
    .helpOption(false)
    .argument('[options...]')
    .action((_options, _known, command: Command) =>
      perform(async (context) => (await import('./demo.ts')).demo(context, command.args)),
    );

  program
    .command('host', { hidden: true })
    .requiredOption('--repository <folder>', 'git common directory')
    .action(async ({ repository }: { repository: string }) =>
      ended(await doors.runHost(repository, surroundings)),
    );

  program
    .command('operator', { hidden: true })
    .description('what runs inside a cluster')
    .argument('<part>', 'controller, router, router-config or gateway')
    .option('--namespaces <names>', 'only these, by commas; default: all')
    .option('--system-namespace <name>')
    .option('--namespace <name>', 'of the baseline')
    .option('--health-port <port>')
    .action(async (part: string, options: Record<string, string>) =>
      ended(await doors.runOperator(part, options, surroundings)),
    );
  return program;
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function seconds(text: string): number {
  if (!/^[0-9]{1,6}$/.test(text)) throw new InvalidArgumentError('Write whole seconds.');
  return Number(text);
}
