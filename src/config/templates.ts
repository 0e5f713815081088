import { references, TemplateError } from '../util/template.ts';

/** What is wrong with the references of a `command` or a value of `env`; null where nothing is. */
export function templateProblem(text: string, services: readonly string[]): string | null {
  let found: string[];
  try {
    found = references(text);
  } catch (thrown) {
    if (thrown instanceof TemplateError) return thrown.message;
    throw thrown;
  }
  for (const reference of found) {
    const problem = referenceProblem(reference, services);
    if (problem !== null) return problem;
  }
  return null;
}

function referenceProblem(reference: string, services: readonly string[]): string | null {
  if (reference === 'port' || reference === 'data') return null;
  const [first, service, last, ...rest] = reference.split('.');
  if (first !== 'services' || last !== 'url' || service === undefined || rest.length > 0) {
    return `refers to {{ ${reference} }}; there are {{ port }}, {{ data }} and {{ services.<name>.url }}`;
  }
  if (services.includes(service)) return null;
  return `refers to {{ ${reference} }}, but there is no service \`${service}\` (there are ${services.join(', ')})`;
}
