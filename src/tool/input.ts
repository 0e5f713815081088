import { z } from 'zod';
import { SeatrialError } from '../errors.ts';

/** Unknown arguments are refused: one that is dropped silently is a wish that nobody fulfils. */
export function parseInput<Input extends z.ZodObject>(
  name: string,
  schema: Input,
  input: unknown,
): z.output<Input> {
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape).join(', ');
  throw new SeatrialError('invalid-argument', {
    what: `${name} cannot be called with these arguments: ${problems(parsed.error)}.`,
    next: `Correct them and call ${name} again; it takes: ${known}.`,
  });
}

/** The first few problems in one line; values stay out, as they may be secrets. */
function problems(error: z.ZodError): string {
  const lines = error.issues.map((issue) => {
    const place = issue.path.map(String).join('.');
    const message = issue.message.replace(
      /^Invalid input: (expected .*), received undefined$/,
      'missing, $1',
    );
    return place === '' ? message : `${place}: ${message}`;
  });
  const more = lines.length > 5 ? ` and ${lines.length - 5} more` : '';
  return bounded(lines.slice(0, 5).join('; ') + more, 600);
}

function bounded(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

/** `30m`, `2h`, `90s`, `1d`, or seconds as a number. Zero and what is no length is refused. */
export const duration = z.union([
  z.int().min(1).max(86_400),
  z.string().regex(/^[1-9][0-9]{0,6}[smhd]?$/, 'write a length such as 30m, 2h or 900'),
]);

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

export function durationSeconds(value: z.output<typeof duration>): number {
  if (typeof value === 'number') return value;
  const unit = secondsOf[value.at(-1) ?? ''];
  return unit === undefined ? Number(value) : Number(value.slice(0, -1)) * unit;
}
