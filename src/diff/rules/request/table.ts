import { operationRemoved } from './operation-removed.ts';
import { requestEnumNarrowed } from './request-enum-narrowed.ts';
import { requestLimitTightened } from './request-limit-tightened.ts';
import { requestMediaTypeRemoved } from './request-media-type-removed.ts';
import { requestPartRemoved } from './request-part-removed.ts';
import { requestPatternChanged } from './request-pattern-changed.ts';
import { requestRequired } from './request-required.ts';
import { requestTypeNarrowed } from './request-type-narrowed.ts';
import type { RequestRule } from './rule.ts';
import { securityTightened } from './security-tightened.ts';

/** Every rule for what a document takes. All are asked: one request may be narrowed in several ways. */
export const requestRules: readonly RequestRule[] = [
  operationRemoved,
  securityTightened,
  requestMediaTypeRemoved,
  requestRequired,
  requestTypeNarrowed,
  requestEnumNarrowed,
  requestLimitTightened,
  requestPatternChanged,
  requestPartRemoved,
];
