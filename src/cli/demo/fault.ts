import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SeatrialError } from '../../errors.ts';

/**
 * A mistake that an agent makes while it does a sensible task, as data in `examples/shop/faults/<name>.json`: the code
 * before, the code as the agent writes it first, and as it writes it after it has read the findings. The mended code
 * differs from the code before, too: the task stays done.
 */
const faultSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  /** What the agent was asked to do. */
  task: z.string(),
  service: z.string(),
  edits: z
    .array(z.strictObject({ file: z.string(), before: z.string(), wrong: z.string(), right: z.string() }))
    .min(1),
  /** What must name the fault: a finding at the place, or a failed step. */
  shows: z.strictObject({
    rule: z.string().optional(),
    place: z.string().optional(),
    step: z.string().optional(),
  }),
});

export type Fault = z.infer<typeof faultSchema>;

export async function loadFaults(packageRoot: string): Promise<Fault[]> {
  const folder = join(packageRoot, 'examples', 'shop', 'faults');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (name) => faultSchema.parse(JSON.parse(await readFile(join(folder, name), 'utf8')))),
  );
}

/** The fault of that name, or one drawn at random. */
export function pickFault(faults: readonly Fault[], name: string | null, random: () => number): Fault {
  const found =
    name === null ? faults[Math.floor(random() * faults.length)] : faults.find((it) => it.name === name);
  if (found !== undefined) return found;
  throw new SeatrialError('invalid-argument', {
    what: `The demo has no fault ${JSON.stringify(name)}.`,
    next: `Take one of: ${faults.map((it) => it.name).join(', ')}.`,
  });
}

/** Replaces code in the working tree; the code to replace must stand there exactly once. */
export async function applyEdits(
  root: string,
  fault: Fault,
  from: 'before' | 'wrong',
  to: 'wrong' | 'right',
): Promise<void> {
  for (const edit of fault.edits) {
    const file = join(root, edit.file);
    const text = await readFile(file, 'utf8');
    if (text.split(edit[from]).length !== 2)
      throw new Error(`${edit.file} does not hold the code of ${fault.name} once`);
    await writeFile(
      file,
      text.replace(edit[from], () => edit[to]),
    );
  }
}
