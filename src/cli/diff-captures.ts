import { compareCaptures } from '../diff/captures.ts';
import { type ExitCode, exitOfDiffers } from './exit.ts';
import { readText } from './files.ts';
import type { Context } from './verb.ts';
import { type WeighFiles, weighing } from './weigh.ts';

/** Recorded answers in, comparisons out, both as JSON Lines. The same file gives the same bytes. */
export async function diffCaptures(
  { terminal }: Context,
  file: string,
  files: WeighFiles,
): Promise<ExitCode> {
  const { weigh } = await weighing(files);
  const lines = compareCaptures(await readText(file), weigh);
  if (lines !== '') terminal.print(lines);
  return exitOfDiffers(
    lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { differs?: unknown }).differs),
  );
}
