import { z } from 'zod';
import type { Config } from '../config/config.ts';
import { SeatrialError } from '../errors.ts';
import { unknownService } from './lint.ts';
import { bodyProblems, referencesIn, requestProblems } from './lint-request.ts';
import { diffRequestSchema } from './schema.ts';
import { needed, type PlannedRun, pairOf, requestTemplate, secretsIn } from './session.ts';
import { shape, show } from './shape.ts';
import { planRequest } from './step.ts';

const givenRequests = z
  .array(diffRequestSchema, { error: 'must be a list of requests' })
  .min(1, 'is an empty list; give at least one request')
  .max(100, 'has more than 100 requests');

/**
 * Requests given without a plan, each compared. They may refer to `secrets.x` and `unique.x`. Throws
 * `invalid-request` with all that is wrong, `missing-secret`.
 */
export function requestsSession(
  given: unknown,
  options: {
    readonly config: Pick<Config, 'services' | 'secrets'>;
    readonly secrets: Readonly<Record<string, string>>;
  },
): PlannedRun {
  const requests = parseRequests(given, options.config).map((request) =>
    requestTemplate(request.id, request.id, planRequest(request)),
  );
  return {
    session: { requests, params: {}, secrets: needed(secretsIn(requests), options.secrets) },
    steps: [],
    pairs: requests.map(pairOf),
    expected: [],
    intermittent: false,
    repeats: null,
  };
}

/** The names of the secrets that given requests refer to. Throws `invalid-request`. */
export function requestSecrets(given: unknown, config: Pick<Config, 'services' | 'secrets'>): string[] {
  return secretsIn(parseRequests(given, config).map(planRequest));
}

function parseRequests(given: unknown, config: Pick<Config, 'services' | 'secrets'>) {
  const shaped = shape(givenRequests, given);
  if (shaped.data === null || shaped.problems.length > 0)
    throw invalid(shaped.problems.map(({ message }) => message));
  const names = { services: Object.keys(config.services), secrets: Object.keys(config.secrets) };
  const ids = new Set<string>();
  const problems = shaped.data.flatMap((data, index) => {
    const request = planRequest(data);
    const { found, problems: braces } = referencesIn(
      { path: request.path, headers: request.headers, body: request.body },
      [index],
    );
    const messages = [...requestProblems(request, [index]), ...bodyProblems(data, [index]), ...braces].map(
      ({ message }) => message,
    );
    if (!names.services.includes(data.service)) messages.push(unknownService(data.service, names));
    if (ids.has(data.id)) messages.push(`the id \`${show(data.id)}\` is given twice`);
    ids.add(data.id);
    for (const { reference } of found) {
      const [root, name = '', ...more] = reference.split('.');
      const known =
        (root === 'secrets' && names.secrets.includes(name)) || (root === 'unique' && name !== '');
      if (!known || more.length > 0)
        messages.push(
          `{{ ${show(reference)} }} refers to nothing: without a plan only {{ secrets.<name of seatrial.yaml> }} and {{ unique.<name> }} do`,
        );
    }
    return messages;
  });
  if (problems.length > 0) throw invalid(problems);
  return shaped.data;
}

function invalid(problems: readonly string[]): SeatrialError {
  const more = problems.length > 10 ? `; and ${problems.length - 10} more` : '';
  return new SeatrialError('invalid-request', {
    what: `The requests cannot be sent: ${problems
      .slice(0, 10)
      .map((problem) => problem.replace(/\?$/, ''))
      .join('; ')}${more}.`,
    next: 'Correct them and call again; a request is such as { "id": "cart", "service": "checkout", "method": "GET", "path": "/cart" }.',
  });
}
