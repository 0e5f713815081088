import { join } from 'node:path';
import type { Program } from '../program.ts';

const schema = `
create table boats (id integer primary key, name text, length real, harbour text, note text);
insert into boats values (1,'Ketch',12.5,'Kiel',null),(2,'Sloop',9.25,'Cork','old'),(3,'Yawl',11.0,'Kiel','[1,2]'),(4,'Brig',31.75,'Bergen','x');
create table visits (id integer primary key, boat integer references boats(id), day text);
insert into visits values (1,1,'2026-01-05'),(2,1,'2026-02-01'),(3,3,'2026-02-02');
create view long_boats as select * from boats where length > 10;
`;

export const datasette: Program = {
  name: 'datasette',
  registry: 'PyPI',
  before: '0.64.8',
  after: '1.0a19',
  about: 'A JSON and HTML front of SQLite databases. Version 1.0 redesigns its JSON.',
  install: (version, home) => [
    { file: 'python3', args: ['-m', 'venv', home] },
    {
      file: join(home, 'bin', 'pip'),
      args: ['install', '-q', '--disable-pip-version-check', `datasette==${version}`, 'setuptools<81'],
    },
  ],
  command: (home, port, data) => ({
    file: 'sh',
    args: [
      '-c',
      'set -e; [ -e "$2/port.db" ] || "$1/bin/python" -c \'import sqlite3,sys; sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2]).read())\' "$2/port.db" "$2/schema.sql"; exec "$1/bin/datasette" "$2/port.db" -h 127.0.0.1 -p "$3" --secret harbour',
      'sh',
      home,
      data,
      String(port),
    ],
  }),
  files: { 'schema.sql': schema },
  ready: '/-/versions.json',
  requests: [
    { id: 'home', path: '/' },
    { id: 'databases', path: '/-/databases.json' },
    { id: 'settings', path: '/-/settings.json' },
    { id: 'actor', path: '/-/actor.json' },
    { id: 'index', path: '/.json' },
    { id: 'database', path: '/port.json' },
    { id: 'table', path: '/port/boats.json' },
    { id: 'table-array', path: '/port/boats.json?_shape=array' },
    { id: 'table-objects', path: '/port/boats.json?_shape=objects' },
    { id: 'newline', path: '/port/boats.json?_shape=array&_nl=on' },
    { id: 'filter', path: '/port/boats.json?harbour=Kiel&_shape=array' },
    { id: 'greater', path: '/port/boats.json?length__gt=10&_shape=array' },
    { id: 'sort', path: '/port/boats.json?_sort_desc=length&_shape=array' },
    { id: 'page', path: '/port/boats.json?_size=2' },
    { id: 'facet', path: '/port/boats.json?_facet=harbour' },
    { id: 'labels', path: '/port/visits.json?_labels=on&_shape=array' },
    { id: 'row', path: '/port/boats/1.json' },
    { id: 'row-missing', path: '/port/boats/99.json' },
    { id: 'view', path: '/port/long_boats.json?_shape=array' },
    { id: 'sql', path: '/port.json?sql=select+name,length+from+boats+order+by+id' },
    { id: 'sql-bad', path: '/port.json?sql=select+nothing+from+nowhere' },
    { id: 'sql-write', path: '/port.json?sql=delete+from+boats' },
    { id: 'csv', path: '/port/boats.csv' },
    { id: 'page-html', path: '/port/boats' },
    { id: 'row-html', path: '/port/boats/1' },
    { id: 'missing', path: '/nowhere.json' },
    { id: 'missing-html', path: '/nowhere' },
    { id: 'slash', path: '/port/' },
  ],
  changelog: [
    {
      says: 'the default JSON of tables is `{ ok, next, rows, truncated }`, rows are objects',
      where: '1.0a3',
      shows: ['table type-changed $.rows[*]', 'page type-changed $.rows[*]'],
    },
    {
      says: 'other keys of a table’s JSON are gone, to be asked for by `?_extra=`',
      where: '1.0a3',
      shows: [
        'table removed-field *',
        'page removed-field *',
        'facet removed-field *',
        'table-objects removed-field *',
      ],
    },
    {
      says: 'the index of all databases stands under `databases`',
      where: '1.0a3 to 1.0a19',
      shows: ['index renamed-field $.port'],
    },
    {
      says: 'queries moved from `/db.json?sql=` to `/db/-/query.json`',
      where: '1.0a17',
      shows: [
        'sql status-changed status',
        'sql-bad status-changed status',
        'sql-write status-changed status',
      ],
    },
    {
      says: 'new settings for signed tokens and for inserts',
      where: '1.0a0, 1.0a1',
      shows: ['settings added-field *'],
    },
    {
      says: 'the various `?_shape=` options continue to work as before',
      where: '1.0a3',
      shows: ['table-array * *'],
    },
  ],
  remarks: [
    'The last line says that nothing changed there, and nothing was found: `table-array` has no finding, so “missed” is the right answer to it.',
    'Half of what was found is HTML: classes, scripts and style sheets of the new pages, each at its element. Who cares for the JSON alone compares the JSON alone.',
    '`header:link` changed: 0.64.8 sends a URL without the angle brackets that RFC 8288 asks for, a bug that 1.0 mends.',
  ],
};
