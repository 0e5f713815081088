import type { BodyTemplate } from '../compare/template.ts';
import type { Expectation } from '../verdict/evidence.ts';

/** A plan file, parsed and linted: what the rest of the code trusts. */
export interface Plan {
  readonly name: string;
  /** One or two sentences for the agent that picks. */
  readonly selectionHint: string;
  /** From the repository's root, `/` between folders. */
  readonly file: string;
  /** SHA-256 of the file's bytes, in hex. */
  readonly hash: string;
  readonly covers: PlanCovers;
  readonly params: Readonly<Record<string, Param>>;
  readonly steps: readonly PlanStep[];
}

export interface PlanCovers {
  /** Null where the plan names none: it covers every service. */
  readonly services: readonly string[] | null;
  /** Globs of files whose change also picks the plan. */
  readonly paths: readonly string[];
}

export type ParamValue = string | number | boolean;

export interface Param {
  readonly type: 'string' | 'number' | 'boolean' | 'integer';
  /** Null: the caller must give a value. */
  readonly default: ParamValue | null;
  readonly description: string | null;
  readonly enum: readonly ParamValue[] | null;
}

export type PlanStep = HttpStep | SmartDiffStep;

/** A request with its references unresolved. */
export interface PlanRequest {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: BodyTemplate | null;
  readonly state: 'read' | 'write';
  readonly timeoutMs: number | null;
}

export interface HttpStep {
  readonly kind: 'http';
  readonly id: string;
  /** The heading above the block, else the id. */
  readonly title: string;
  readonly line: number;
  readonly request: PlanRequest;
  readonly expect: Expectation | null;
  readonly capture: Readonly<Record<string, string>>;
  /** `none`: set-up or clean-up, neither compared nor asserted for the verdict. */
  readonly proof: 'required' | 'none';
}

export interface SmartDiffStep {
  readonly kind: 'smart_diff';
  readonly id: string;
  readonly title: string;
  readonly line: number;
  readonly source:
    | { readonly kind: 'requests'; readonly requests: readonly (PlanRequest & { readonly id: string })[] }
    | { readonly kind: 'steps'; readonly steps: readonly string[] };
  /** Least passes a side; null: as many as the comparison asks for. */
  readonly repeats: number | null;
  readonly intermittent: boolean;
  /** File of expected changes, from the root; null: the default one. */
  readonly expected: string | null;
}

/** What is wrong with a plan file, and where: the line of the key, counted from 1. */
export interface PlanProblem {
  readonly line: number;
  readonly message: string;
}
