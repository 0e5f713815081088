import { catalogue } from '../../tools/catalogue.ts';
import { createServices, type Services } from '../../tools/support/services.ts';
import { SeatrialError } from '../errors.ts';
import type { Surroundings } from '../tool/surroundings.ts';
import type { AnyTool, ToolResult } from '../tool/tool.ts';
import type { ExitCode } from './exit.ts';
import type { Terminal } from './terminal.ts';

/** What each verb gets. */
export interface Context {
  readonly surroundings: Surroundings;
  readonly services: Services;
  readonly terminal: Terminal;
}

export type Verb = (context: Context) => Promise<ExitCode>;

export function createContext(surroundings: Surroundings, terminal: Terminal): Context {
  return { surroundings, services: createServices(surroundings), terminal };
}

export interface Waiting {
  /** Seconds in all; missing: until it is done. */
  readonly wait?: number;
}

export type Data = Readonly<Record<string, unknown>>;

const stepSeconds = 30;

/** Calls a tool as an agent would, and again as its result says, until it is done or the wait is over. */
export async function callTool(
  context: Context,
  name: string,
  input: Data,
  waiting: Waiting | null,
): Promise<ToolResult<Data>> {
  const tool = toolNamed(name);
  const until = waiting?.wait === undefined ? Number.POSITIVE_INFINITY : Date.now() + waiting.wait * 1000;
  let asked = defined(input);
  for (;;) {
    const left = Math.max(0, Math.min(stepSeconds, Math.ceil((until - Date.now()) / 1000)));
    const result = await call(tool, waiting === null ? asked : { ...asked, wait_seconds: left }, context);
    const again = handleOf(result.data);
    if (waiting === null || again === null || Date.now() >= until) return result;
    asked = again;
  }
}

async function call(tool: AnyTool<Services>, input: Data, context: Context): Promise<ToolResult<Data>> {
  const { services, terminal } = context;
  const { text, data } = await tool.call(input, services, {
    signal: terminal.signal,
    progress: ({ message }) => terminal.progress(message),
  });
  return { text, data: { ...data } };
}

/** What to call with to wait again; null where it is done. */
function handleOf(data: Data): Data | null {
  if (data.state === 'running') return { run: data.run };
  if (data.state === 'provisioning') return { sandbox: data.sandbox };
  return null;
}

function toolNamed(name: string): AnyTool<Services> {
  const tool = catalogue.find((tool) => tool.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool;
}

/** Without the members that were not given: a tool's optional argument is there or it is not. */
function defined(input: Data): Data {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

export function show(context: Context, result: ToolResult<Data>, json: boolean | undefined): void {
  if (json === true) context.terminal.printJson(result.data);
  else context.terminal.print(result.text);
}

/** `name=value` options as an object. `read` turns the text into a value. */
export function pairs(
  option: string,
  given: readonly string[] | undefined,
  read: (text: string) => unknown,
): Data | undefined {
  if (given === undefined) return undefined;
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) {
        throw new SeatrialError('invalid-argument', {
          what: `${option} takes name=value, not ${JSON.stringify(pair.slice(0, 40))}.`,
          next: `Write ${option} name=value, once for each.`,
        });
      }
      return [pair.slice(0, at), read(pair.slice(at + 1))];
    }),
  );
}

/** JSON where it is JSON (`3`, `true`, `["a"]`, `"3"`), else the text itself. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
