import type { Answer, HttpRequest, OwnProcess } from '../exchange.ts';
import type { Differs, Finding, VolatilePlace } from './finding.ts';

/**
 * One request and its answers, in the order they came. Index i of `sent` belongs to answer i. Pure data: the same
 * input gives the same output, byte for byte.
 */
export interface PairAnswers {
  readonly id: string;
  readonly service: string;
  readonly method: string;
  readonly pathTemplate: string;
  readonly baseline: readonly CapturedAnswer[];
  readonly candidate: readonly CapturedAnswer[];
  /** Hops per request to each service, one entry an answer, for `calls-multiplied`; missing where unknown. */
  readonly calls?: {
    readonly baseline: readonly Readonly<Record<string, number>>[];
    readonly candidate: readonly Readonly<Record<string, number>>[];
  };
  /**
   * Calls to each service that failed behind an answer that is no error itself, one entry an answer, for
   * `calls-failed`; missing where unknown.
   */
  readonly failures?: {
    readonly baseline: readonly Readonly<Record<string, number>>[];
    readonly candidate: readonly Readonly<Record<string, number>>[];
  };
}

export interface CapturedAnswer {
  /** The session it belongs to: answers of one pass share ids and values. */
  readonly pass: number;
  /** As it was sent, for values that an answer echoes; missing where unknown. */
  readonly request?: HttpRequest;
  readonly answer: Answer;
  /** The process that gave it; missing where unknown. */
  readonly own?: OwnProcess;
}

export interface Comparison {
  readonly id: string;
  readonly differs: Differs;
  readonly findings: readonly Finding[];
  /** Contradicted by further answers. */
  readonly unconfirmed: readonly Finding[];
  readonly volatile: readonly VolatilePlace[];
  /** How many more answers a side would settle what is open; 0 where nothing is. */
  readonly wants: number;
  /** Places that are compared as one value, being too large, and in which the baseline's own answers differ: nothing is known of them. */
  readonly blind?: readonly string[];
  /** Limits that this comparison met, in words: bodies cut, JSON too deep, invalid UTF-8. */
  readonly notes?: readonly string[];
}

export interface CompareOptions {
  /** Look for what shows only sometimes; needs at least six candidate answers. */
  readonly intermittent: boolean;
}
