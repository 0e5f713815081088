import { parseRequests } from '../compare/requests-file.ts';
import { diffUrls, type UrlDiff } from '../compare/two-urls.ts';
import { type ExitCode, exitOfDiffers } from './exit.ts';
import { readText } from './files.ts';
import type { Context } from './verb.ts';
import { type WeighFiles, weighing } from './weigh.ts';

/** Two live addresses, no engine: no key is sent, and there is no verdict. */
interface LiveDiff extends WeighFiles {
  readonly baseline: string;
  readonly candidate: string;
  readonly requests: string;
  readonly intermittent: boolean;
  readonly json: boolean;
}

export async function diffLive({ terminal }: Context, given: LiveDiff): Promise<ExitCode> {
  const { baseline, candidate, intermittent } = given;
  const { weigh, severities } = await weighing(given);
  const requests = parseRequests(await readText(given.requests), given.requests);
  terminal.progress(`Sending ${requests.length} requests to both sides, several times`);
  const found = await diffUrls({
    baseline,
    candidate,
    requests,
    intermittent,
    weigh,
    signal: terminal.signal,
  });
  const named = severities.filter(({ service }) => service !== null).length;
  const unfit = `${named} entries of the policy name a service; two addresses have none, so they fit nothing here.`;
  const diff = { ...found, warnings: [...(named === 0 ? [] : [unfit]), ...found.warnings] };
  if (given.json) terminal.printJson({ verdict: 'none', ...diff });
  else terminal.print(textOf(diff));
  return exitOfDiffers([diff.differs]);
}

function textOf({ differs, findings, warnings }: UrlDiff): string {
  const lines = findings.map(
    ({ severity, rule, place, request, before, after }) =>
      `${severity} ${rule} at ${place} of ${request}: ${shown(before)} -> ${shown(after)}`,
  );
  return [
    ...lines,
    ...warnings.map((warning) => `Warning: ${warning}`),
    `Differs: ${differs}. No sandbox, so no proof and no verdict.`,
  ].join('\n');
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? '(absent)';
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}
