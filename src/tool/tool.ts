import type { z } from 'zod';
import { parseInput } from './input.ts';

/**
 * A tool as data, in the order in which a reader asks: name, when to use, input, risk, output, handler. Both doors
 * (MCP and CLI) are made from it. Generic over the services that a handler needs, so that this folder knows none.
 */
export interface Tool<
  Services,
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> {
  /** `[a-z_]+`, equal to the name of its file. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** When to use it and what comes back: what a model reads before it calls. */
  readonly description: string;
  readonly input: Input;
  readonly risk: Risk;
  readonly output: Output;
  readonly handler: (
    input: z.output<Input>,
    services: Services,
    call: ToolCall,
  ) => Promise<ToolResult<z.input<Output>>>;
}

/** All four hints, said out loud: what a host shows and decides by. */
export interface Risk {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

export interface ToolCall {
  /** Aborting ends the wait, never the work. */
  readonly signal: AbortSignal;
  readonly progress: (progress: { readonly message: string; readonly total?: number }) => void;
}

export interface ToolResult<Data> {
  /** For a model and for people: says the same as `data`, bounded, and names the next useful call. */
  readonly text: string;
  readonly data: Data;
}

/** Checks a tool's parts against each other, then forgets their types, so that tools fit into one list. */
export function defineTool<Services, Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Tool<Services, Input, Output>,
): AnyTool<Services> {
  return {
    ...tool,
    call: async (input, services, call) =>
      tool.handler(parseInput(tool.name, tool.input, input), services, call),
  };
}

export interface AnyTool<Services> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  readonly risk: Risk;
  readonly output: z.ZodObject;
  /** Parses the input first. Rejects with a SeatrialError. */
  readonly call: (input: unknown, services: Services, call: ToolCall) => Promise<ToolResult<object>>;
}
