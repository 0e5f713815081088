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
  changelog: [],
  remarks: [],
};
