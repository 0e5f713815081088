import { describe, expect, test } from 'vitest';
import { changedServices, mapChange, unmappedFiles } from '../../src/config/change.ts';
import { parseConfig } from '../../src/config/load.ts';

const text = `
services:
  pricing: { command: node p, paths: [services/pricing/**, lib/**] }
  tax: { command: node t, paths: [services/tax/**, lib/**, "services/*.json"] }
  db: { command: db, shared: true }
`;
const config = parseConfig(text, { root: '/root', file: 'seatrial.yaml' });
const map = (...files: string[]) => mapChange(files, config);

describe('a change', () => {
  test('belongs to every service whose paths match, dot files included', () => {
    expect(map('services/pricing/.env', 'lib/a.ts', 'services/x.json', 'other.ts')).toEqual([
      { path: 'services/pricing/.env', services: ['pricing'], ignored: false },
      { path: 'lib/a.ts', services: ['pricing', 'tax'], ignored: false },
      { path: 'services/x.json', services: ['tax'], ignored: false },
      { path: 'other.ts', services: [], ignored: false },
    ]);
  });

  test('of docs, tests, plans and expected changes is ignored', () => {
    const files = [
      'docs/a.png',
      'README.md',
      'web/README.md',
      'test/a.ts',
      'web/a.test.ts',
      'plans/a.yaml',
      'seatrial.expected.yaml',
    ];
    expect(map(...files).filter((file) => !file.ignored)).toEqual([]);
  });

  test('of a file that a service names belongs to it, even where `ignore` matches', () => {
    expect(map('services/pricing/README.md', 'services/tax/test/a.ts')).toMatchObject([
      { services: ['pricing'], ignored: false },
      { services: ['tax'], ignored: false },
    ]);
  });

  test('names its services once, and the files that nobody can prove', () => {
    const mapped = map('services/tax/a', 'lib/a', 'package.json', 'plansx/a', 'README.md', 'seatrial.yaml');
    expect(changedServices(mapped)).toEqual(['pricing', 'tax']);
    expect(unmappedFiles(mapped)).toEqual(['package.json', 'plansx/a', 'seatrial.yaml']);
  });

  test('names with line ends and glob characters are plain names', () => {
    expect(map('services/pricing/a\nb', 'services/pricing/[x]*.ts', '!services/tax/a')).toMatchObject([
      { services: ['pricing'] },
      { services: ['pricing'] },
      { services: [], ignored: false },
    ]);
  });
});

describe('a change of seatrial.yaml', () => {
  const against = (baseline: string) => {
    const before = parseConfig(baseline, { root: '/root', file: 'seatrial.yaml' });
    return mapChange(['seatrial.yaml'], config, before)[0];
  };

  test('belongs to the services that are new or start differently', () => {
    expect(against(text.replace('node t', 'node other'))).toMatchObject({
      services: ['tax'],
      ignored: false,
    });
    expect(against(text.replace(/ {2}tax.*\n/, ''))).toMatchObject({ services: ['tax'], ignored: false });
  });

  test('is ignored where every service starts as before', () => {
    expect(against(`engine: local\nlease: 1h\n${text}`)).toMatchObject({ services: [], ignored: true });
    expect(against(text.replace('services/pricing/**', 'elsewhere/**'))).toMatchObject({
      services: [],
      ignored: true,
    });
  });

  test('that removes a service is something nobody can prove', () => {
    expect(against(`${text}  gone: { command: x, paths: [x] }\n`)).toMatchObject({
      services: [],
      ignored: false,
    });
  });
});

describe('what a change says about itself in seatrial.yaml', () => {
  const baseline = parseConfig(text, { root: '/root', file: 'seatrial.yaml' });
  const rewritten = (yaml: string) => parseConfig(yaml, { root: '/root', file: 'seatrial.yaml' });

  test('takes no file from the service that owns it in the baseline', () => {
    const narrowed = rewritten(`ignore: ["**"]\n${text.replace('services/tax/**', 'elsewhere/**')}`);
    expect(mapChange(['services/tax/a.ts'], narrowed, baseline)).toEqual([
      { path: 'services/tax/a.ts', services: ['tax'], ignored: false },
    ]);
  });

  test('ignores files of no service only in sight', () => {
    expect(mapChange(['other.ts', 'README.md'], rewritten(`ignore: ["**"]\n${text}`), baseline)).toEqual([
      { path: 'other.ts', services: [], ignored: true, ignoredByChange: true },
      { path: 'README.md', services: [], ignored: true },
    ]);
  });

  test('cannot prove the end of a service that it removes', () => {
    const without = rewritten(`ignore: ["**"]\n${text.replace(/ {2}tax.*\n/, '')}`);
    expect(mapChange(['services/tax/a.ts'], without, baseline)).toEqual([
      { path: 'services/tax/a.ts', services: [], ignored: false },
    ]);
  });
});
