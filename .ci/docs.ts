import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderRules } from '../src/diff/rules/reference.ts';
import { requestRules } from '../src/diff/rules/request/table.ts';
import { rules } from '../src/diff/rules/table.ts';
import { chartFiles } from './docs/chart.ts';
import { configurationSection } from './docs/configuration.ts';
import { errorsPage } from './docs/errors.ts';
import { fillSection } from './docs/section.ts';
import { rolesSection } from './docs/security.ts';
import { toolsSection } from './docs/tools.ts';

/**
 * Writes the generated docs: `node .ci/docs.ts`. With `--check` it writes nothing and exits 1 where one is out of date.
 */
const check = process.argv.includes('--check');
const root = new URL('..', import.meta.url);

const pages: Readonly<Record<string, (text: string) => string>> = {
  'README.md': (text) =>
    fillSection(fillSection(text, 'tools', toolsSection()), 'configuration', configurationSection()),
  'docs/errors.md': () => errorsPage(),
  'docs/security.md': (text) => fillSection(text, 'roles', rolesSection()),
  'docs/rules.md': () => renderRules(rules, requestRules),
  ...chart(),
};

function chart() {
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };
  const files = chartFiles(version, readFileSync(new URL('deploy/crd.yaml', root), 'utf8'));
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [`deploy/chart/${path}`, () => text] as const),
  );
}

for (const [path, render] of Object.entries(pages)) {
  const file = fileURLToPath(new URL(path, root));
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const after = render(before);
  if (after === before) continue;
  if (check) {
    process.stderr.write(`${path} is out of date: run npm run docs and commit it.\n`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, after);
    process.stdout.write(`Wrote ${path}\n`);
  }
}
