import { join } from 'node:path';
import type { Program } from '../program.ts';
import { httpServer } from './http-server.ts';

export const serve: Program = {
  name: 'serve',
  registry: 'npm',
  before: '13.0.4',
  after: '14.2.5',
  about: 'A server of static files and single-page applications: clean URLs, redirects, listings.',
  install: (version, home) => [
    {
      file: 'npm',
      args: ['install', '--prefix', home, '--no-audit', '--no-fund', '--silent', `serve@${version}`],
    },
  ],
  command: (home, port, data) => ({
    file: join(home, 'node_modules', '.bin', 'serve'),
    args: [data, '-l', `tcp://127.0.0.1:${port}`, '--no-clipboard', '--cors'],
    env: { NO_UPDATE_CHECK: '1' },
  }),
  files: {
    ...httpServer.files,
    'serve.json': JSON.stringify({
      redirects: [{ source: '/old/:id', destination: '/folder/:id', type: 302 }],
      rewrites: [{ source: '/app/**', destination: '/page.html' }],
      headers: [{ source: '**/*.css', headers: [{ key: 'Cache-Control', value: 'max-age=7200' }] }],
    }),
  },
  ready: '/notes.txt',
  requests: [
    ...httpServer.requests,
    { id: 'redirect', path: '/old/inner.txt' },
    { id: 'rewrite', path: '/app/some/route' },
    { id: 'clean', path: '/indexed' },
    { id: 'html-gone', path: '/page.html?x=1' },
    { id: 'listing-json', path: '/folder/', headers: { accept: 'application/json' } },
    { id: 'missing-json', path: '/nothing-here', headers: { accept: 'application/json' } },
    {
      id: 'conditional',
      path: '/notes.txt',
      headers: { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' },
    },
  ],
  changelog: [
    {
      says: 'CORS headers support private network access',
      where: 'release 14.2.0',
      shows: ['* header-added header:access-control-allow-private-network'],
    },
    {
      says: '`Access-Control-Allow-Headers: *` by default',
      where: 'release 14.2.1',
      shows: ['* header-added header:access-control-allow-headers'],
    },
  ],
  remarks: [
    'The first run called `access-control-allow-credentials` a leaked secret, by its name: cried wolf, mended with a unit test (names of headers are field terms, only their values may leak).',
    'The first run gave each side a folder of its own, which listings name; that was the program’s true answer and a fault of the experiment.',
  ],
};
