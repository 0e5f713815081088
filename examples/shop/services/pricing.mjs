import { randomUUID } from 'node:crypto';
import { call } from '../lib/call.mjs';
import { Refusal, serve } from '../lib/server.mjs';

// What things cost: items, tax and shipping. Money is in cents, weight in grams.
const taxRate = 0.19;
const shippingBaseCents = 490;
const shippingPerKiloCents = 60;

serve('pricing', [['POST', '/quotes', async ({ json }) => ({ body: await quote(json?.items) })]]);

async function quote(wanted) {
  if (!Array.isArray(wanted) || wanted.length === 0) throw new Refusal(422, 'a quote needs items');
  const { items } = await call(process.env.CATALOG_URL, '/items');
  const lines = wanted.map(({ sku, quantity = 1 }) => {
    const item = items.find((each) => each.sku === sku);
    if (item === undefined) throw new Refusal(404, 'no such item');
    if (!Number.isInteger(quantity) || quantity < 1)
      throw new Refusal(422, 'a quantity is a whole number from 1');
    return {
      sku,
      quantity,
      unitCents: item.priceCents,
      totalCents: item.priceCents * quantity,
      weightGrams: item.weightGrams * quantity,
    };
  });
  const netCents = sum(lines, 'totalCents');
  const taxCents = Math.round(netCents * taxRate);
  const kilos = Math.ceil(sum(lines, 'weightGrams') / 1000);
  const shippingCents = shippingBaseCents + kilos * shippingPerKiloCents;
  return {
    id: randomUUID(),
    lines,
    netCents,
    taxCents,
    shippingCents,
    totalCents: netCents + taxCents + shippingCents,
    currency: 'EUR',
    validUntil: new Date(Date.now() + 900_000).toISOString(),
  };
}

function sum(lines, key) {
  return lines.reduce((total, line) => total + line[key], 0);
}
