import type { Client } from '@modelcontextprotocol/client';
import { expect } from 'vitest';
import { errorKinds } from '../../src/errors.ts';
import type { Place } from '../support/binary.ts';
import { connectStdio, textOf } from '../support/clients.ts';

/** What the tools answer, all of it: a test reads what the tool that it called has. */
export interface Data {
  readonly text: string;
  readonly next: string;
  readonly state: string;
  readonly sandbox: string;
  readonly key: string;
  readonly generation: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly urls: Readonly<Record<string, string>>;
  readonly forks: readonly {
    readonly ready: boolean;
    readonly message?: string;
    readonly log_untrusted?: readonly string[];
  }[];
  readonly reason: { readonly code: string; readonly message: string; readonly next: string } | null;
  readonly unmapped: readonly string[];
  readonly warnings: readonly string[];
  readonly expires_at: string;
  readonly run: string;
  readonly verdict: string | null;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
  readonly findings: readonly object[];
  readonly steps: readonly {
    readonly id: string;
    readonly outcome: string;
    readonly details?: readonly string[];
  }[];
  readonly broken: readonly { readonly file: string; readonly line: number; readonly message: string }[];
  readonly plans: readonly { readonly name: string }[];
  readonly sandboxes: readonly Data[];
  readonly runs: readonly { readonly run: string; readonly state: string }[];
  readonly receipt: {
    readonly complete: boolean;
    readonly counts: readonly { readonly service: string; readonly destination: string }[];
  };
  readonly baseline: { readonly commit: string; readonly from: string; readonly assumed: boolean };
  readonly report: { readonly file: string } | null;
  readonly logs_untrusted: Readonly<Record<string, readonly string[]>>;
  readonly removed: readonly string[];
  readonly left: readonly object[];
}

export interface Refusal {
  readonly code: string;
  readonly text: string;
}

/** An MCP client on a server process of its own, over stdio, as an agent has one. */
export interface Agent {
  readonly client: Client;
  /** Of the MCP server. */
  readonly pid: number;
  /** The structured result; fails on an error result. */
  call(tool: string, args?: object): Promise<Data>;
  /** Until it neither runs nor provisions any more. */
  done(tool: string, args?: object): Promise<Data>;
  /** One clear error: its code, and the text as the agent reads it. Fails on a result. */
  refused(tool: string, args?: object): Promise<Refusal>;
  close(): Promise<void>;
}

export async function startAgent(place: Place, onUrls: (urls: readonly string[]) => void): Promise<Agent> {
  const { client, transport } = await connectStdio(place);
  // Nothing of the server's own log is wanted, but the pipe must not fill up.
  transport.stderr?.on('data', () => {});
  const ask = async (name: string, args: object) =>
    await client.callTool({ name, arguments: { ...args } }, { timeout: 120_000 });
  const call = async (name: string, args: object = {}): Promise<Data> => {
    const result = await ask(name, args);
    expect(result.isError ?? false, textOf(result)).toBe(false);
    // Checked against the output schema by the client; which members there are depends on the tool.
    const data = { ...(result.structuredContent as object), text: textOf(result) } as Data;
    if ('urls' in data) onUrls(Object.values(data.urls));
    return data;
  };
  return {
    client,
    pid: transport.pid ?? 0,
    call,
    async done(name, args = {}) {
      let data = await call(name, args);
      while (data.state === 'running' || data.state === 'provisioning') {
        data = await call(name, data.state === 'running' ? { run: data.run } : { sandbox: data.sandbox });
      }
      return data;
    },
    async refused(name, args = {}) {
      const result = await ask(name, args);
      const text = textOf(result);
      expect(result.isError, text).toBe(true);
      return clearError(text, result._meta?.['seatrial.dev/error']);
    },
    close: () => client.close(),
  };
}

/** Holds a text to the form of an error: stable code, next step, no stack, no defect of ours. */
export function clearError(text: string, data?: unknown): Refusal {
  expect(text).toMatch(/^Error [a-z-]+: .+/);
  expect(text).toMatch(/\nNext: \S/);
  expect(text).not.toMatch(/\n\s+at .*:\d+:\d+/);
  const code = /^Error ([a-z-]+):/.exec(text)?.[1] ?? '';
  expect(Object.keys(errorKinds)).toContain(code);
  expect(code, text).not.toBe('internal');
  if (data !== undefined) expect(data).toMatchObject({ code });
  return { code, text };
}
