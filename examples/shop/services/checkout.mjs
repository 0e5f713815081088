import { randomUUID } from 'node:crypto';
import { call } from '../lib/call.mjs';
import { Refusal, serve } from '../lib/server.mjs';

// From cart to order. Carts and orders live as long as the process.
const maxKept = 5_000;
const carts = new Map();
const orders = new Map();
let lastNumber = 1000;

serve('checkout', [
  ['POST', '/carts', ({ json }) => ({ status: 201, body: addCart(json) })],
  ['GET', '/carts/:id', async ({ params }) => ({ body: await showCart(params.id) })],
  [
    'POST',
    '/carts/:id/order',
    async ({ params, headers }) => ({ status: 201, body: await order(params.id, headers) }),
  ],
  ['GET', '/orders/:id', async ({ params, headers }) => ({ body: await showOrder(params.id, headers) })],
]);

function addCart(wanted) {
  if (!Array.isArray(wanted?.items)) throw new Refusal(422, 'a cart needs items');
  const cart = { id: randomUUID(), createdAt: new Date().toISOString(), items: wanted.items };
  keep(carts, cart);
  return cart;
}

async function showCart(id) {
  const cart = find(carts, id, 'cart');
  if (cart.items.length === 0) return { ...cart, subtotalCents: 0, totalCents: 0 };
  const quote = await call(process.env.PRICING_URL, '/quotes', {
    method: 'POST',
    json: { items: cart.items },
  });
  const subtotalCents = quote.lines.reduce((sum, line) => sum + line.unitCents * line.quantity, 0);
  return { ...cart, subtotalCents, taxCents: quote.taxCents, totalCents: quote.totalCents };
}

async function order(id, headers) {
  const user = await buyer(headers);
  const { items, totalCents } = await showCart(id);
  lastNumber += 1;
  const placed = {
    id: randomUUID(),
    number: lastNumber,
    buyer: user.email,
    items,
    totalCents,
    status: 'placed',
    placedAt: new Date().toISOString(),
  };
  keep(orders, placed);
  return placed;
}

async function showOrder(id, headers) {
  const found = find(orders, id, 'order');
  const user = await buyer(headers);
  if (user.email !== found.buyer) throw new Refusal(403, 'not your order');
  return found;
}

/** Whoever the token says; accounts refuses with 401. */
async function buyer({ authorization }) {
  const headers = authorization === undefined ? {} : { authorization };
  return await call(process.env.ACCOUNTS_URL, '/users/me', { headers });
}

function find(map, id, what) {
  const found = map.get(id);
  if (found === undefined) throw new Refusal(404, `no such ${what}`);
  return found;
}

function keep(map, entry) {
  if (map.size >= maxKept) map.delete(map.keys().next().value);
  map.set(entry.id, entry);
}
