import { type ExitCode, exit } from './exit.ts';
import type { Context } from './verb.ts';

/** Its options are its own: the demo is a program beside the verbs. */
export async function demo({ surroundings, terminal }: Context, args: readonly string[]): Promise<ExitCode> {
  const { runDemo } = await import('./demo/run.ts');
  return (await runDemo(args, surroundings, terminal)) ? exit.passed : exit.failed;
}
