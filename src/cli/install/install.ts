import { dirname, resolve } from 'node:path';
import { SeatrialError } from '../../errors.ts';
import { type ExitCode, exit } from '../exit.ts';
import type { Context } from '../verb.ts';
import { writeBuildContext } from './build-context.ts';

export interface InstallOptions {
  readonly buildContext?: string;
}

export async function install(context: Context, options: InstallOptions): Promise<ExitCode> {
  const { surroundings, terminal } = context;
  if (options.buildContext === undefined) {
    throw new SeatrialError('invalid-argument', {
      what: 'install needs to know what to do.',
      next: 'Give --build-context <folder>.',
    });
  }
  const folder = resolve(surroundings.cwd, options.buildContext);
  // `dist/src/main.js` of the package.
  const packageRoot = dirname(dirname(dirname(surroundings.entry.main)));
  const packages = await writeBuildContext(packageRoot, folder);
  terminal.print(`Wrote ${folder} with ${packages} packages. Build it: docker build -t <name:tag> ${folder}`);
  return exit.passed;
}
