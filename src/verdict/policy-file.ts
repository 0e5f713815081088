import { z } from 'zod';
import type { RuleId, Severity } from '../diff/finding.ts';
import { requestRules } from '../diff/rules/request/table.ts';
import { rules } from '../diff/rules/table.ts';
import { SeatrialError } from '../errors.ts';
import { parseYamlFile } from './yaml-file.ts';

/** One line of the policy: findings of this rule at this place have another severity. */
export interface SeverityOverride {
  readonly rule: RuleId;
  /** As findings show it; null for every place, which only raises. */
  readonly place: string | null;
  /** Null for every service. */
  readonly service: string | null;
  readonly severity: Severity;
  readonly reason: string;
}

const weight: Readonly<Record<Severity, number>> = { harmless: 0, suspicious: 1, breaking: 2 };
const text = z.string().trim().min(1).max(1000);
const usual = new Map<RuleId, Severity>(
  [...rules, ...requestRules].map(({ id, severity }) => [id, severity]),
);
const ids = [...usual.keys()];

const override = z
  .strictObject({
    rule: z.custom<RuleId>(
      (given) => ids.some((id) => id === given),
      `must be a rule of docs/rules.md: ${ids.join(', ')}`,
    ),
    place: text.optional(),
    service: text.optional(),
    severity: z.enum(['breaking', 'suspicious', 'harmless']),
    reason: text,
  })
  .superRefine((given, context) => {
    if (!lowers(given)) return;
    if (given.place === undefined) {
      context.addIssue({ code: 'custom', message: 'what lowers a severity names its exact place' });
    }
    if (given.place === '$' || given.place === 'status' || given.place === 'header:content-type') {
      context.addIssue({ code: 'custom', message: `a whole answer (${given.place}) cannot be lowered` });
    }
  });
const file = z.strictObject({
  seatrial: z.literal(1).optional(),
  severities: z.array(override).max(1000).default([]),
});

/**
 * Parses `seatrial.policy.yaml`: `severities:`, a list of { rule, place?, service?, severity, reason }. What lowers a
 * severity names an exact place, never a whole answer. Throws `invalid-policy` with the line.
 */
export function parsePolicy(source: string, name: string): SeverityOverride[] {
  const read = parseYamlFile<z.output<typeof file>>(source, name, () => file, invalid);
  return (read?.data.severities ?? []).map(({ place = null, service = null, ...rest }) => ({
    ...rest,
    place,
    service,
  }));
}

/** Whether it makes a finding of its rule count for less than the rule says. */
export function lowers({ rule, severity }: Pick<SeverityOverride, 'rule' | 'severity'>): boolean {
  return weight[severity] < weight[usual.get(rule) ?? 'breaking'];
}

function invalid(where: string, problem: string): SeatrialError {
  return new SeatrialError('invalid-policy', {
    what: `${where}: the policy cannot be used: ${problem.slice(0, 600)}.`,
    next: 'Write `severities:` with entries such as { rule: header-changed, place: "header:server", severity: harmless, reason: "<why>" }, then call again.',
  });
}
