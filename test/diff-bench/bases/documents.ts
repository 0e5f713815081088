import type { Kind } from '../base.ts';
import { cities, email, money, pastTime, person, sentence, states, title, topics, uuid } from '../words.ts';
import { many } from './commerce.ts';

export const documents: readonly Kind[] = [
  {
    kind: 'time series',
    make: (random, names) => {
      const start = Date.UTC(2025, random.int(0, 11), 1);
      return {
        path: '/metrics',
        body: {
          [names.of('metric|series')]: `${random.pick(topics)}.requests`,
          [names.of('unit|measure')]: random.pick(['ms', 'count', 'bytes']),
          [names.of('points|samples')]: many(random, 5, 30, (index) => ({
            [names.of('at|timestamp')]: new Date(start + index * 3600000).toISOString(),
            [names.of('value|reading')]: random.int(1000, 99999) / 100,
          })),
          [names.of('resolution|step seconds')]: 3600,
          [names.of('gaps|missing')]: random.int(0, 4),
        },
      };
    },
  },
  {
    kind: 'GraphQL answer',
    make: (random, names) => ({
      method: 'POST',
      path: '/graphql',
      body: {
        data: {
          viewer: {
            login: `user${random.int(1, 999)}`,
            [names.of('plan|tier')]: random.pick(['free', 'pro']),
          },
          [names.of('projects|boards')]: {
            edges: many(random, 2, 8, (index) => ({
              cursor: Buffer.from(`c:${index}`).toString('base64'),
              node: {
                id: `UHJv${index}${random.digits(3)}`,
                [names.of('title|name')]: title(random),
                [names.of('archived|closed')]: random.chance(0.3),
                [names.of('open issues|tasks')]: random.int(0, 80),
              },
            })),
            pageInfo: { hasNextPage: random.chance(0.5), endCursor: random.word(12) },
            totalCount: random.int(8, 300),
          },
        },
        extensions: { [names.of('complexity|cost')]: random.int(4, 60) },
      },
    }),
  },
  {
    kind: 'HAL',
    make: (random, names) => ({
      path: '/shipments/{id}',
      headers: [['content-type', 'application/hal+json']],
      body: {
        [names.of('carrier|haulier')]: random.pick(['DHL', 'UPS', 'GLS']),
        [names.of('weight grams|grams')]: random.int(100, 9000),
        [names.of('state|phase')]: random.pick(states),
        _links: {
          self: { href: `/shipments/${random.digits(5)}` },
          [names.of('track|follow')]: { href: `https://track.example.com/${random.digits(9)}` },
        },
        _embedded: {
          [names.of('events|scans')]: many(random, 2, 6, () => ({
            [names.of('at|when')]: pastTime(random),
            [names.of('place|where')]: random.pick(cities),
            [names.of('comment|remark')]: sentence(random),
          })),
        },
      },
    }),
  },
  {
    kind: 'JSON:API',
    make: (random, names) => ({
      path: '/articles',
      headers: [['content-type', 'application/vnd.api+json']],
      body: {
        data: many(random, 2, 8, (index) => ({
          type: 'articles',
          id: String(100 + index),
          attributes: {
            [names.of('title|headline')]: title(random),
            [names.of('body|text')]: sentence(random),
            [names.of('word count|words')]: random.int(120, 4000),
            [names.of('published|live')]: random.chance(0.6),
          },
          relationships: { author: { data: { type: 'people', id: String(random.int(1, 9)) } } },
        })),
        included: many(random, 1, 4, (index) => ({
          type: 'people',
          id: String(index + 1),
          attributes: {
            [names.of('full name|name')]: person(random),
            [names.of('email|mail')]: email(random),
          },
        })),
        meta: { [names.of('total|records')]: random.int(8, 400) },
      },
    }),
  },
  {
    kind: 'geo',
    make: (random, names) => ({
      path: '/places',
      headers: [['content-type', 'application/geo+json']],
      body: {
        type: 'FeatureCollection',
        features: many(random, 1, 7, (index) => ({
          type: 'Feature',
          geometry: {
            type: 'Point',
            coordinates: [
              random.int(-17, 30) + random.int(1111, 9999) / 1e4,
              random.int(36, 68) + random.int(1111, 9999) / 1e4,
            ],
          },
          properties: {
            [names.of('place id|station')]: `st-${index}${random.digits(3)}`,
            [names.of('name|label')]: random.pick(cities),
            [names.of('elevation|metres')]: random.int(2, 2900),
            [names.of('capacity|slots')]: random.int(4, 60),
          },
        })),
        bbox: [1.25, 41.5, 9.75, 55.125],
      },
    }),
  },
  {
    kind: 'chat history',
    make: (random, names) => ({
      path: '/messages',
      body: {
        [names.of('channel|room')]: random.pick(topics),
        [names.of('messages|posts')]: many(random, 3, 14, () => ({
          [names.of('message id|id')]: uuid(random),
          [names.of('from|author')]: person(random),
          [names.of('sent at|posted at')]: pastTime(random),
          [names.of('text|content')]: sentence(random),
          [names.of('reactions|emoji')]: { up: random.int(0, 9), down: random.int(0, 4) },
          [names.of('edited|changed')]: random.chance(0.2),
        })),
        [names.of('unread|unseen')]: random.int(0, 30),
        [names.of('largest offset|last offset')]: 9007199254740000 + random.int(100, 900),
      },
    }),
  },
  {
    kind: 'plain text',
    make: (random) => ({
      form: 'text',
      path: '/health.txt',
      body: {
        title: title(random),
        release: `v${random.int(1, 9)}.${random.int(0, 30)}`,
        region: random.pick(cities),
        lines: many(random, 2, 10, () => sentence(random)),
      },
    }),
  },
  {
    kind: 'CSV export',
    make: (random, names) => ({
      form: 'csv',
      path: '/export.csv',
      body: many(random, 3, 20, (index) => ({
        [names.of('row id|record')]: `r${index}${random.digits(3)}`,
        [names.of('customer|client')]: person(random),
        [names.of('amount|total')]: money(random),
        [names.of('booked on|day')]: pastTime(random).slice(0, 10),
      })),
    }),
  },
  {
    kind: 'HTML page',
    make: (random, names) => ({
      form: 'html',
      path: '/basket',
      body: {
        title: title(random),
        intro: sentence(random),
        [names.of('rows|items')]: many(random, 2, 8, () => ({
          [names.of('name|label')]: title(random),
          [names.of('price|amount')]: money(random).toFixed(2),
        })),
        footer: `${random.pick(cities)} office`,
      },
    }),
  },
  {
    kind: 'XML document',
    make: (random, names) => ({
      form: 'xml',
      path: '/feed.xml',
      body: {
        [names.of('channel|source')]: random.pick(topics),
        [names.of('items|entries')]: many(random, 2, 8, (index) => ({
          [names.of('code|key')]: `k${index}${random.digits(3)}`,
          [names.of('headline|title')]: title(random),
          [names.of('priority|rank')]: random.int(1, 90),
        })),
        [names.of('generator|producer')]: `feedgen ${random.int(1, 9)}.${random.int(0, 9)}`,
      },
    }),
  },
  {
    kind: 'NDJSON stream',
    make: (random, names) => ({
      form: 'ndjson',
      path: '/stream',
      body: many(random, 3, 15, (index) => ({
        [names.of('offset|sequence')]: 4000 + index,
        [names.of('event|kind')]: random.pick(['created', 'updated', 'closed']),
        [names.of('subject|entity')]: {
          [names.of('key|ref')]: `e-${random.digits(4)}`,
          [names.of('size|length')]: random.int(3, 700),
        },
      })),
    }),
  },
  {
    kind: 'server-sent events',
    make: (random, names) => ({
      form: 'sse',
      path: '/events',
      body: many(random, 2, 9, (index) => ({
        event: random.pick(['progress', 'state', 'done']),
        data: {
          [names.of('step|stage')]: index,
          [names.of('percent|progress')]: random.int(1, 99),
          [names.of('message|note')]: sentence(random),
        },
      })),
    }),
  },
  {
    kind: 'empty',
    make: () => ({ form: 'none', method: 'DELETE', path: '/sessions/{id}', status: 204, body: {} }),
  },
  {
    kind: 'redirect',
    make: (random) => ({
      form: 'none',
      path: '/go',
      status: random.pick([301, 302, 307]),
      headers: [['location', `https://www.example.com/${random.pick(topics)}/${random.digits(4)}`]],
      body: {},
    }),
  },
  {
    kind: 'file download',
    make: (random) => ({
      form: 'bytes',
      path: '/files/{id}',
      headers: [
        ['content-type', random.pick(['application/pdf', 'image/png', 'application/zip'])],
        ['content-disposition', `attachment; filename="f${random.digits(4)}.bin"`],
      ],
      body: { content: random.hex(random.int(200, 900)) },
    }),
  },
];
