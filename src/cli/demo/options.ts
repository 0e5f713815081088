import { SeatrialError } from '../../errors.ts';

export interface DemoOptions {
  readonly fault: string | null;
  readonly listFaults: boolean;
  readonly help: boolean;
}

export const demoHelp = `Usage: seatrial demo [--fault <name>] [--list-faults]

Plays the loop on a small shop, in a scratch clone: a scripted agent, a real MCP client, makes one of ten
mistakes, is told so, mends it, proves it and leaves nothing behind.
`;

export function parseDemoOptions(args: readonly string[]): DemoOptions {
  let fault: string | null = null;
  let listFaults = false;
  let help = false;
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [flag, inline] = arg.split('=', 2);
    if (flag === '--fault') fault = inline ?? rest.shift() ?? missing(flag);
    else if (arg === '--list-faults') listFaults = true;
    else if (arg === '--help' || arg === '-h') help = true;
    else throw usage(`The demo knows no ${JSON.stringify(arg)}.`);
  }
  return { fault, listFaults, help };
}

function missing(flag: string): never {
  throw usage(`${flag} needs a value.`);
}

function usage(what: string): SeatrialError {
  return new SeatrialError('invalid-argument', {
    what,
    next: 'Write seatrial demo [--fault <name>] [--list-faults].',
  });
}
