import type { Finding, Severity } from '../../src/diff/finding.ts';
import type { Truth } from './regressions/regression.ts';

/** What a tool says: a place, and for ours the rule and how severe it is. */
export interface Told {
  readonly place: string;
  readonly rule: string | null;
  readonly severity: Severity | null;
}

export interface Scored {
  readonly truth: Truth;
  /** A finding at its place, by a rule that fits. */
  readonly found: boolean;
  /** How severe the finding at its place is; null where none is there. */
  readonly severityRight: boolean | null;
  /** Findings that tell of this change, those beside it as well. */
  readonly findings: number;
}

export interface CaseScore {
  readonly changes: readonly Scored[];
  readonly told: number;
  /** What tells of no change. */
  readonly falseAlarms: readonly Told[];
}

export function toldBy(findings: readonly Finding[]): Told[] {
  return findings.map(({ place, rule, severity }) => ({ place, rule, severity }));
}

/** `lenient`: a place above or below the right one is right as well; for tools that do not name places as we do. */
export function scoreCase(truths: readonly Truth[], told: readonly Told[], lenient: boolean): CaseScore {
  const at = (truth: Truth, one: Told): boolean =>
    truth.places.some((place) =>
      place.endsWith('…')
        ? one.place.startsWith(place.slice(0, -1))
        : one.place === place || (lenient && (below(one.place, place) || below(place, one.place))),
    );
  const fits = (truth: Truth, one: Told): boolean =>
    at(truth, one) && (one.rule === null || truth.rules.some((rule) => rule === one.rule));
  const about = (truth: Truth, one: Told): boolean =>
    fits(truth, one) || truth.touched.some((place) => one.place === place || below(one.place, place));
  return {
    changes: truths.map((truth) => {
      const here = told.filter((one) => at(truth, one));
      const severities = here.flatMap(({ severity }) => (severity === null ? [] : [severity]));
      return {
        truth,
        found: told.some((one) => fits(truth, one)),
        severityRight:
          severities.length === 0 ? null : severities.some((severity) => truth.severities.includes(severity)),
        findings: told.filter((one) => about(truth, one)).length,
      };
    }),
    told: told.length,
    falseAlarms: told.filter((one) => !truths.some((truth) => about(truth, one))),
  };
}

/** Whether a place is below another. `header:` stands above all headers. */
function below(place: string, head: string): boolean {
  if (!place.startsWith(head) || place.length === head.length) return false;
  return head.endsWith(':') || place[head.length] === '.' || place[head.length] === '[';
}

/** Sums over cases. */
export class Tally {
  changes = 0;
  found = 0;
  told = 0;
  right = 0;
  placed = 0;
  severe = 0;
  about = 0;
  cases = 0;
  clean = 0;
  alarmed = 0;

  add({ changes, told, falseAlarms }: CaseScore, changesCounted = changes): void {
    this.cases += 1;
    this.told += told;
    this.right += told - falseAlarms.length;
    for (const change of changesCounted) {
      this.changes += 1;
      if (change.found) this.found += 1;
      if (change.findings > 0) this.about += change.findings;
      if (change.severityRight !== null) this.placed += 1;
      if (change.severityRight === true) this.severe += 1;
    }
    if (changes.length === 0) {
      this.clean += 1;
      if (falseAlarms.length > 0) this.alarmed += 1;
    }
  }

  get recall(): number {
    return this.changes === 0 ? Number.NaN : this.found / this.changes;
  }

  get precision(): number {
    return this.told === 0 ? 1 : this.right / this.told;
  }

  get f1(): number {
    const { precision, recall } = this;
    return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  }

  get severity(): number {
    return this.placed === 0 ? Number.NaN : this.severe / this.placed;
  }

  get perChange(): number {
    return this.found === 0 ? Number.NaN : this.about / this.found;
  }

  /** Noisy requests with a finding, in a thousand, with the ends of the 95 % interval (Wilson). */
  get alarms(): readonly [rate: number, low: number, high: number] {
    const n = this.clean;
    if (n === 0) return [Number.NaN, Number.NaN, Number.NaN];
    const p = this.alarmed / n;
    const z = 1.96;
    const middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
    const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
    return [p * 1000, Math.max(0, middle - half) * 1000, (middle + half) * 1000];
  }
}
