import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { SeatrialError } from '../errors.ts';
import { planTemplate } from '../plan/template.ts';
import { type ExitCode, exit } from './exit.ts';
import type { Context } from './verb.ts';

export async function newPlan(
  { services, surroundings, terminal }: Context,
  name: string,
  options: { readonly service?: string },
): Promise<ExitCode> {
  const root = await services.workingTree(terminal.signal);
  const { config } = await loadConfig({ root, env: surroundings.env });
  const known = Object.keys(config.services);
  const wanted = options.service ?? known[0] ?? '';
  const service = Object.hasOwn(config.services, wanted) ? config.services[wanted] : undefined;
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name) || service === undefined) {
    const about = [name, wanted].map((text) => JSON.stringify(text.slice(0, 80)));
    throw new SeatrialError('invalid-argument', {
      what: `A plan called ${about[0]} for the service ${about[1]} cannot be made.`,
      next: `Begin the name with a letter and use a-z, 0-9 and -; services are: ${known.join(', ')}.`,
    });
  }
  const plan = planTemplate(service, name);
  const file = join(config.plans, plan.file);
  await mkdir(join(root, config.plans), { recursive: true });
  try {
    await writeFile(join(root, file), plan.text, { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new SeatrialError('invalid-argument', {
      what: `${file} is there already; nothing was written.`,
      next: 'Choose another name.',
    });
  }
  terminal.print(`Wrote ${file}. Edit it, then: seatrial plans try ${name}`);
  return exit.passed;
}
