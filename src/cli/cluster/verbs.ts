import { type Command, InvalidArgumentError } from 'commander';
import type { Verb } from '../verb.ts';

/** The verbs of those who look after a cluster. What they do is loaded when they are called. */
export function addClusterVerbs(program: Command, perform: (verb: Verb) => Promise<void>): void {
  onCluster(program.command('install'))
    .description('install into a cluster, or bring an installation up to date')
    .option('--image <name:tag>', 'image of controller, router and gateway')
    .option('--build-context <folder>', 'only write the folder that the image is built from')
    .option('--system-namespace <name>', 'namespace of the controller; default: seatrial-system')
    .option('--namespaces <names>', 'namespaces to serve, with commas; default: all', names)
    .option(
      '--allow-image <pattern>',
      'image that forks may run, * at the end for anything; repeatable',
      collect,
    )
    .option('--dry-run', 'print the objects as YAML, and apply nothing')
    .option('--force-conflicts', 'take over fields that somebody else manages')
    .option('--wait <seconds>', 'how long to wait for the controller; default: 120', seconds)
    .option('--json', 'print the structured result')
    .action((options) =>
      perform(async (context) => (await import('./install.ts')).install(context, options)),
    );

  onCluster(program.command('uninstall'))
    .description('give all Services back, and remove all that install and the controller made')
    .option('--system-namespace <name>', 'namespace of the controller; default: seatrial-system')
    .option('--force', 'end sandboxes that are alive')
    .option('--keep-crd', 'leave the Sandbox resource itself')
    .option('--json', 'print the structured result')
    .action((options) =>
      perform(async (context) => (await import('./uninstall.ts')).uninstall(context, options)),
    );

  onNamespace(program.command('enroll'))
    .description('lead Services over the router, so that sandboxes can fork them')
    .argument('[services...]', 'default: all of the namespace that can be')
    .option('--restart', 'roll their workloads, so that connections from before end')
    .option('--wait <seconds>', 'how long to wait; default: 120', seconds)
    .option('--json', 'print the structured result')
    .action((services, options) =>
      perform(async (context) => (await import('./enroll.ts')).enroll(context, services, options)),
    );

  onNamespace(program.command('release'))
    .description('give Services back as they were before enroll')
    .argument('[services...]', 'default: all of the namespace')
    .option('--force', 'also those that sandboxes use')
    .option('--wait <seconds>', 'how long to wait; default: 60', seconds)
    .option('--json', 'print the structured result')
    .action((services, options) =>
      perform(async (context) => (await import('./release.ts')).release(context, services, options)),
    );
}

function onCluster(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'default: as kubectl')
    .option('--context <name>', 'default: the current one');
}

function onNamespace(command: Command): Command {
  return onCluster(command).option('-n, --namespace <name>', 'default: the one of the context');
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function names(text: string): readonly string[] {
  const given = text.split(',').map((name) => name.trim());
  if (given.some((name) => !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name))) {
    throw new InvalidArgumentError('Write names of namespaces with commas between them.');
  }
  return given;
}

function seconds(text: string): number {
  if (!/^[0-9]{1,6}$/.test(text)) throw new InvalidArgumentError('Write whole seconds.');
  return Number(text);
}
