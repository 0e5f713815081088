import { CommanderError } from 'commander';
import { renderError, toErrorData } from '../errors.ts';
import type { Surroundings } from '../tool/surroundings.ts';
import { exit, exitOfError } from './exit.ts';
import { createProgram, type Doors } from './program.ts';

/** The whole command line: arguments in, exit code out. Never rejects, and never shows a stack. */
export async function run(
  argv: readonly string[],
  surroundings: Surroundings,
  doors: Doors,
): Promise<number> {
  let code: number = exit.usage;
  const program = createProgram(surroundings, doors, (given) => {
    code = given;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    // commander has printed it; help and version that were asked for end with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.passed : exit.usage;
    const data = toErrorData(error);
    surroundings.stderr.write(`${renderError(data)}\n`);
    return exitOfError(data.code);
  }
}
