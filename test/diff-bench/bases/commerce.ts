import type { Kind } from '../base.ts';
import type { Random } from '../random.ts';
import { Keyed, type Tree } from '../tree.ts';
import {
  cities,
  colours,
  email,
  money,
  type Names,
  pastDay,
  pastTime,
  person,
  sentence,
  states,
  things,
  title,
  uuid,
} from '../words.ts';

export function many<T>(random: Random, low: number, high: number, make: (index: number) => T): T[] {
  return Array.from({ length: random.int(low, high) }, (_, index) => make(index));
}

export function address(random: Random, names: Names): Tree {
  return {
    [names.of('street|line one')]: `${random.pick(cities)} Street ${random.int(1, 240)}`,
    [names.of('city|town')]: random.pick(cities),
    [names.of('postal code|zip')]: random.digits(5),
    [names.of('country|country code')]: random.pick(['DE', 'PL', 'PT', 'SE', 'IT']),
  };
}

function lineItem(random: Random, names: Names, index: number): { [key: string]: Tree } {
  return {
    [names.of('sku|product code|item code')]: `${random.pick(things)}-${index}${random.digits(2)}`,
    [names.of('title|name|label')]: title(random),
    [names.of('quantity|qty|count')]: random.int(1, 9),
    [names.of('unit price|price each')]: money(random),
    [names.of('taxable|subject to tax')]: random.chance(0.5),
    ...(random.chance(0.4) ? { [names.of('discount|rebate')]: random.int(5, 30) } : {}),
  };
}

export const commerce: readonly Kind[] = [
  {
    kind: 'order',
    make: (random, names) => ({
      path: '/orders/{id}',
      body: {
        [names.of('id|order id')]: uuid(random),
        [names.of('number|reference')]: `SO-${random.digits(6)}`,
        [names.of('status|state')]: random.pick(states),
        [names.of('customer|buyer')]: {
          [names.of('customer id|buyer id')]: random.int(1000, 99999),
          [names.of('full name|display name')]: person(random),
          [names.of('email|mail')]: email(random),
          [names.of('vip|preferred')]: random.chance(0.5),
        },
        [names.of('items|lines|positions')]: many(random, 2, 12, (index) => lineItem(random, names, index)),
        [names.of('shipping address|deliver to')]: address(random, names),
        [names.of('totals|amounts')]: {
          [names.of('net|subtotal')]: money(random),
          [names.of('tax|vat')]: money(random),
          [names.of('gross|total')]: money(random),
          [names.of('currency')]: random.pick(['EUR', 'PLN', 'SEK']),
        },
        [names.of('placed at|ordered at')]: pastTime(random),
        [names.of('note|remark')]: random.chance(0.5) ? null : sentence(random),
        [names.of('tags|labels')]: random.sample(colours, random.int(2, 5)),
      },
    }),
  },
  {
    kind: 'catalogue page',
    make: (random, names) => ({
      path: '/products',
      body: {
        [names.of('page|page number')]: random.int(1, 7),
        [names.of('page size|limit')]: 20,
        [names.of('total|total count')]: random.int(60, 900),
        [names.of('products|results|data')]: many(random, 3, 24, (index) => ({
          [names.of('product id|id')]: 1000 + index * random.int(2, 5) + random.int(0, 1),
          [names.of('slug|handle')]: `${random.pick(colours)}-${random.pick(things)}-${index}`,
          [names.of('title|name')]: title(random),
          [names.of('price|amount')]: money(random),
          [names.of('rating|stars')]: random.int(10, 50) / 10,
          [names.of('in stock|available')]: random.chance(0.6),
          [names.of('images|pictures')]: many(
            random,
            1,
            3,
            (at) => `https://cdn.example.com/p/${index}/${at}.jpg`,
          ),
          ...(random.chance(0.3) ? { [names.of('badge|flag')]: random.pick(['new', 'sale', 'last']) } : {}),
        })),
      },
    }),
  },
  {
    kind: 'invoice with money strings',
    make: (random, names) => ({
      path: '/invoices/{id}',
      body: {
        [names.of('invoice number|document number')]: `INV-${random.int(2020, 2026)}-${random.digits(5)}`,
        [names.of('issued on|date')]: pastDay(random),
        [names.of('due on|payable by')]: pastDay(random),
        [names.of('lines|entries')]: many(random, 1, 8, (index) => ({
          [names.of('position|line')]: index + 1,
          [names.of('description|text')]: sentence(random),
          [names.of('amount|value')]: money(random).toFixed(2),
          [names.of('vat rate|tax rate')]: random.pick(['0.07', '0.19', '0.23']),
        })),
        [names.of('total due|balance')]: (money(random) * 7).toFixed(2),
        [names.of('currency|currency code')]: 'EUR',
        [names.of('paid|settled')]: random.chance(0.5),
        [names.of('iban|account')]: `DE${random.digits(20)}`,
        [names.of('payment terms|terms')]: { days: 30, [names.of('cash discount')]: random.int(1, 4) / 100 },
      },
    }),
  },
  {
    kind: 'cart quote',
    make: (random, names) => ({
      method: 'POST',
      path: '/quote',
      status: 201,
      headers: [['location', `/quotes/${random.digits(7)}`]],
      body: {
        [names.of('lines|items')]: many(random, 1, 5, (index) => lineItem(random, names, index)),
        [names.of('shipping options|carriers')]: many(random, 2, 4, (index) => ({
          [names.of('code|key')]: `${random.pick(['dhl', 'ups', 'gls'])}-${index}`,
          [names.of('price|cost')]: money(random),
          [names.of('days|eta days')]: random.int(1, 9),
        })),
        [names.of('grand total|sum')]: money(random),
        [names.of('exchange rate|rate')]: random.int(10000, 19999) / 10000,
        [names.of('expires on|valid until')]: pastDay(random),
        [names.of('warnings|notices')]: [],
      },
    }),
  },
  {
    kind: 'stock by warehouse',
    make: (random, names) => ({
      path: '/stock',
      body: {
        [names.of('warehouses|locations')]: new Keyed(
          many(random, 4, 9, (index) => [
            `${random.int(10, 99)}${index}${random.digits(3)}`,
            {
              [names.of('on hand|units')]: random.int(0, 500),
              [names.of('reserved|held')]: random.int(0, 50),
              [names.of('city|site')]: random.pick(cities),
              [names.of('open|active')]: random.chance(0.7),
            },
          ]),
        ),
        [names.of('as of|counted on')]: pastDay(random),
      },
    }),
  },
];
