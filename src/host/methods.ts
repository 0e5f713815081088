import { z } from 'zod';
import type { HostApi } from './api.ts';

/**
 * The arguments of each call, as they come over the socket. The tools check the caller's input before; this guards
 * the host against a client of another build.
 */
const text = z.string().max(65_536);
const workingTree = z.string().min(1).max(4096).startsWith('/');
const name = z.string().min(1).max(200);
const waitSeconds = z.number().min(0).max(3600);
const optional = <T extends z.ZodType>(schema: T) => schema.exactOptional();
const names = z.record(name, text);

const change = z.strictObject({
  service: name,
  image: optional(text),
  revision: optional(name),
  env: optional(names),
  ref: optional(name),
});

const request = z.strictObject({
  id: name,
  service: name,
  method: name,
  path: text,
  headers: optional(names),
  json: optional(z.unknown()),
  body: optional(z.string()),
  state: optional(z.enum(['read', 'write'])),
});

export const methodArgs = {
  provision: z.strictObject({
    workingTree,
    changes: optional(z.array(change).max(200)),
    name: optional(name),
    leaseSeconds: optional(z.number().int().min(1).max(86_400)),
    sandbox: optional(name),
    waitSeconds,
  }),
  inspect: z.strictObject({
    workingTree,
    sandbox: optional(name),
    logs: optional(z.boolean()),
    hops: optional(z.boolean()),
    runs: optional(z.boolean()),
  }),
  runPlan: z.strictObject({
    workingTree,
    plan: optional(name),
    sandbox: optional(name),
    params: optional(z.record(name, z.unknown())),
    target: optional(z.enum(['sandbox', 'baseline'])),
    run: optional(name),
    waitSeconds,
  }),
  smartDiff: z.strictObject({
    workingTree,
    sandbox: optional(name),
    requests: optional(z.array(request).max(1000)),
    plan: optional(name),
    params: optional(z.record(name, z.unknown())),
    expected: optional(text),
    intermittent: optional(z.boolean()),
    run: optional(name),
    waitSeconds,
  }),
  teardown: z.strictObject({
    workingTree,
    sandbox: optional(name),
    all: optional(z.boolean()),
  }),
  readRun: z.strictObject({ workingTree, run: name }),
  logs: z.strictObject({
    workingTree,
    sandbox: name.nullable(),
    service: name,
    tail: z.number().int().min(0).max(10_000),
  }),
} as const satisfies Record<keyof HostApi, z.ZodType>;

export type Method = keyof HostApi;

export const methods = Object.keys(methodArgs) as readonly Method[];

export function isMethod(text: string): text is Method {
  return Object.hasOwn(methodArgs, text);
}
