import { dirname, resolve } from 'node:path';
import type { Surroundings } from '../../tool/surroundings.ts';
import type { Terminal } from '../terminal.ts';
import { loadFaults, pickFault } from './fault.ts';
import { demoHelp, parseDemoOptions } from './options.ts';
import { play } from './play.ts';
import { makeScratch } from './scratch.ts';
import { tellStory } from './story.ts';

/** Resolves with true where the story came true to its end. The scratch folder is removed, whatever happens. */
export async function runDemo(
  args: readonly string[],
  surroundings: Surroundings,
  terminal: Terminal,
): Promise<boolean> {
  const options = parseDemoOptions(args);
  if (options.help) {
    terminal.print(demoHelp);
    return true;
  }
  const packageRoot = rootOf(surroundings.entry.main);
  const faults = await loadFaults(packageRoot);
  if (options.listFaults) {
    for (const { name, title } of faults) terminal.print(`${name.padEnd(24)} ${title}`);
    return true;
  }
  const fault = pickFault(faults, options.fault, Math.random);
  const scratch = await makeScratch(packageRoot, surroundings.env);
  const story = tellStory((line) => terminal.print(line), surroundings.interactive);
  try {
    return await play({ fault, scratch, story, surroundings, signal: terminal.signal });
  } finally {
    await scratch.remove();
  }
}

/** The package that holds `src/main.ts` (the repository) or `dist/src/main.js` (the build). */
function rootOf(main: string): string {
  return main.endsWith('.ts') ? resolve(dirname(main), '..') : resolve(dirname(main), '..', '..');
}
