import { SeatrialError } from '../../errors.ts';
import type { Variant } from './shop.ts';

export interface DemoOptions {
  readonly engine: Variant;
  /** How to bring images to a cluster that is neither kind nor of `npm run cluster:up`. */
  readonly loadCommand: string | null;
  /** Where the images of such a cluster are pushed to and pulled from. */
  readonly registry: string | null;
  readonly fault: string | null;
  readonly listFaults: boolean;
  readonly help: boolean;
}

export const demoHelp = `Usage: seatrial demo [--fault <name>] [--list-faults] [--engine local|kubernetes] [--registry <name>] [--load-command <program>]

Plays the loop on a small shop, in a scratch clone: a scripted agent, a real MCP client, makes one of ten
mistakes, is told so, mends it, proves it and leaves nothing behind.

--engine kubernetes plays it on the cluster of the current kubeconfig: the shop in a namespace of its own, Seatrial
beside it where it is not installed. Images are built and loaded on kind and on the cluster of npm run cluster:up;
elsewhere --registry names one that Docker may push to and the nodes pull from, such as registry.example/team, or
--load-command a program that gets a folder with a Dockerfile, a tag and --target <stage>, and brings the image there.
`;

export function parseDemoOptions(args: readonly string[]): DemoOptions {
  let engine: Variant = 'local';
  let loadCommand: string | null = null;
  let registry: string | null = null;
  let fault: string | null = null;
  let listFaults = false;
  let help = false;
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, flag = arg, inline] = /^(--[a-z-]+)=(.*)$/s.exec(arg) ?? [];
    const value = () => inline ?? rest.shift() ?? missing(flag ?? arg);
    if (flag === '--fault') fault = value();
    else if (flag === '--engine') engine = variantOf(value());
    else if (flag === '--load-command') loadCommand = value();
    else if (flag === '--registry') registry = registryOf(value());
    else if (arg === '--list-faults') listFaults = true;
    else if (arg === '--help' || arg === '-h') help = true;
    else throw usage(`The demo knows no ${JSON.stringify(arg)}.`);
  }
  return { engine, loadCommand, registry, fault, listFaults, help };
}

function variantOf(name: string): Variant {
  if (name === 'local' || name === 'kubernetes') return name;
  throw usage(`The demo knows no engine ${JSON.stringify(name)}.`);
}

function registryOf(name: string): string {
  if (/^[a-z0-9][-a-z0-9.]*(?::[0-9]+)?(?:\/[a-z0-9][-a-z0-9._]*)*\/?$/.test(name)) return name;
  throw usage(`${JSON.stringify(name)} names no registry: write host[:port][/path].`);
}

function missing(flag: string): never {
  throw usage(`${flag} needs a value.`);
}

function usage(what: string): SeatrialError {
  return new SeatrialError('invalid-argument', {
    what,
    next: 'See seatrial demo --help.',
  });
}
