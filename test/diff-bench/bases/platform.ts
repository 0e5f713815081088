import type { Kind } from '../base.ts';
import { Keyed, type Tree } from '../tree.ts';
import { cities, colours, email, pastTime, person, sentence, title, topics, uuid } from '../words.ts';
import { address, many } from './commerce.ts';

export const platform: readonly Kind[] = [
  {
    kind: 'user profile',
    make: (random, names) => ({
      path: '/users/{id}',
      body: {
        [names.of('user id|id')]: random.int(1000, 999999),
        [names.of('user name|login')]: `${random.pick(colours)}${random.int(1, 999)}`,
        [names.of('full name|name')]: person(random),
        [names.of('email|mail')]: email(random),
        [names.of('email verified|confirmed')]: random.chance(0.5),
        [names.of('birthday|born on')]: random.chance(0.6) ? pastTime(random).slice(0, 10) : null,
        [names.of('address|home')]: address(random, names),
        [names.of('roles|groups')]: random.sample(
          ['admin', 'editor', 'viewer', 'billing', 'owner'],
          random.int(1, 4),
        ),
        [names.of('preferences|settings')]: {
          [names.of('theme|skin')]: random.pick(['dark', 'light']),
          [names.of('language|lang')]: random.pick(['de', 'en', 'pl']),
          [names.of('page size|rows')]: random.pick([10, 20, 50]),
          [names.of('newsletter|mailing')]: random.chance(0.5),
        },
        [names.of('joined at|created at')]: pastTime(random),
        [names.of('avatar url|picture')]:
          `https://img.example.com/u/${random.digits(6)}.png?size=${random.int(1, 9)}00`,
      },
    }),
  },
  {
    kind: 'search results',
    make: (random, names) => ({
      path: '/search?q=x',
      body: {
        [names.of('query|q')]: random.pick(topics),
        [names.of('hits|results')]: many(random, 3, 15, (index) => ({
          [names.of('document id|doc id')]: `doc-${index}-${random.digits(4)}`,
          [names.of('score|relevance')]: random.int(100, 9999) / 1000,
          [names.of('headline|title')]: title(random),
          [names.of('snippet|summary')]: sentence(random),
          [names.of('highlights|matches')]: many(random, 1, 3, () => random.pick(topics)),
        })),
        [names.of('facets|buckets')]: many(random, 2, 5, (index) => ({
          [names.of('value|term')]: `${topics[index]}`,
          [names.of('count|documents')]: random.int(2, 900),
        })),
        [names.of('next|cursor')]: Buffer.from(`after:${random.digits(8)}`).toString('base64url'),
        [names.of('exhaustive|complete')]: random.chance(0.5),
      },
    }),
  },
  {
    kind: 'error envelope',
    make: (random, names) => ({
      method: 'POST',
      path: '/accounts',
      status: random.pick([400, 404, 409, 422]),
      headers: [['content-type', random.chance(0.5) ? 'application/problem+json' : 'application/json']],
      body: {
        [names.of('type|kind')]: `https://errors.example.com/${random.pick(topics)}`,
        [names.of('title|error')]: random.pick(['Invalid input', 'Conflict', 'Not found']),
        [names.of('code|error code')]: `E${random.digits(4)}`,
        [names.of('detail|message')]: sentence(random),
        [names.of('errors|violations')]: many(random, 1, 4, (index) => ({
          [names.of('field|pointer')]: `/${random.pick(['name', 'email', 'zip'])}/${index}`,
          [names.of('reason|message key')]: random.pick(['required', 'too long', 'unknown']),
          [names.of('limit|max')]: random.int(5, 250),
        })),
        [names.of('retryable|transient')]: false,
      },
    }),
  },
  {
    kind: 'lost login',
    make: (random, names) => ({
      path: '/me',
      status: random.pick([401, 403]),
      headers: [['www-authenticate', 'Bearer realm="api"']],
      body: {
        [names.of('error|code')]: random.pick(['unauthorized', 'forbidden', 'token missing']),
        [names.of('message|description')]: sentence(random),
        [names.of('documentation|help')]: `https://docs.example.com/auth/${random.int(1, 30)}`,
      },
    }),
  },
  {
    kind: 'map by id',
    make: (random, names) => ({
      path: '/members',
      body: new Keyed(
        many(random, 4, 10, () => [
          uuid(random),
          {
            [names.of('name|display name')]: person(random),
            [names.of('role|position')]: random.pick(['lead', 'member', 'guest']),
            [names.of('seats|licences')]: random.int(1, 40),
            [names.of('active|enabled')]: random.chance(0.6),
          },
        ]),
      ),
    }),
  },
  {
    kind: 'nested config',
    make: (random, names) => ({
      path: '/config',
      body: {
        [names.of('version|schema version')]: `${random.int(1, 4)}.${random.int(0, 20)}.${random.int(0, 9)}`,
        [names.of('features|toggles')]: Object.fromEntries(
          random.sample(topics, 4).map((topic) => [names.write(`${topic} enabled`), random.chance(0.5)]),
        ) as Tree,
        [names.of('limits|quotas')]: {
          [names.of('upload bytes|max upload')]: random.int(1, 64) * 1048576,
          [names.of('timeout ms|deadline ms')]: random.int(2, 60) * 500,
          [names.of('retries|attempts')]: random.int(1, 7),
          [names.of('ratio|share')]: random.int(11, 99) / 100,
        },
        [names.of('endpoints|services')]: Object.fromEntries(
          random.sample(topics, 3).map((topic) => [
            names.write(topic),
            {
              [names.of('base url|address')]: `https://${topic}.internal.example.com/v${random.int(1, 3)}`,
              [names.of('weights|shares')]: [random.int(1, 50), random.int(51, 99)],
            },
          ]),
        ) as Tree,
        [names.of('maintainers|owners')]: many(random, 2, 4, () => email(random)),
      },
    }),
  },
  {
    kind: 'permissions',
    make: (random, names) => ({
      path: '/permissions',
      body: many(random, 3, 9, (index) => ({
        [names.of('resource|object')]: `${random.pick(topics)}:${index}`,
        [names.of('actions|verbs')]: random.sample(['read', 'write', 'delete', 'share'], random.int(1, 4)),
        [names.of('granted|allowed')]: random.chance(0.7),
        [names.of('inherited from|source')]: random.chance(0.5) ? null : random.pick(cities),
      })),
    }),
  },
  {
    kind: 'batch results',
    make: (random, names) => ({
      method: 'POST',
      path: '/batch',
      status: 207,
      body: {
        [names.of('responses|outcomes')]: many(random, 2, 7, (index) => ({
          [names.of('index|sequence')]: index,
          [names.of('http status|status code')]: random.pick([200, 201, 404]),
          [names.of('payload|body')]: JSON.stringify({
            ok: true,
            name: title(random),
            size: random.int(2, 900),
          }),
          [names.of('elapsed ms|took ms')]: random.int(3, 90),
        })),
        [names.of('failed|failures')]: random.int(0, 2),
      },
    }),
  },
];
