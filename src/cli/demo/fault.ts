import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SeatrialError } from '../../errors.ts';
import type { Variant } from './shop.ts';

/**
 * A mistake that an agent makes while it does a sensible task, as data in `examples/shop/faults/faults.json`: the code
 * before, the code as the agent writes it first, and as it writes it after it has read the findings. The mended code
 * differs from the code before, too: the task stays done.
 */
const faultSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  /** What the agent was asked to do. */
  task: z.string(),
  service: z.string(),
  plan: z.string(),
  file: z.string(),
  find: z.string(),
  replace: z.string(),
  right: z.string(),
  /** What must name the fault: a finding of this rule at this place. */
  expect: z.strictObject({
    rule: z.string(),
    place: z.string(),
    request: z.string(),
    step: z.string().nullable(),
  }),
});

export type Fault = z.infer<typeof faultSchema>;

/** The same mistake in the language that the service has on Kubernetes. */
const otherCode = faultSchema.pick({ name: true, file: true, find: true, replace: true, right: true });

export async function loadFaults(packageRoot: string, variant: Variant = 'local'): Promise<Fault[]> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(packageRoot, 'examples', 'shop', 'faults', name), 'utf8'));
  const faults = z.array(faultSchema).parse(await read('faults.json'));
  if (variant === 'local') return faults;
  const others = z.array(otherCode).parse(await read('kubernetes.json'));
  return faults.map((fault) => ({ ...fault, ...others.find(({ name }) => name === fault.name) }));
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
export async function edit(root: string, fault: Fault, from: string, to: string): Promise<void> {
  const file = join(root, fault.file);
  const text = await readFile(file, 'utf8');
  if (text.split(from).length !== 2)
    throw new Error(`${fault.file} does not hold the code of ${fault.name} once`);
  await writeFile(
    file,
    text.replace(from, () => to),
  );
}
