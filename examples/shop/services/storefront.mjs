import { call } from '../lib/call.mjs';
import { serve } from '../lib/server.mjs';

// The pages that customers see, put together from catalog and pricing.
const catalog = process.env.CATALOG_URL;
const pricing = process.env.PRICING_URL;

serve('storefront', [
  ['GET', '/products', ({ query }) => page(() => productList(query.get('q') ?? ''))],
  ['GET', '/products/:sku', ({ params }) => page(() => productPage(params.sku))],
]);

async function productList(search) {
  const { items } = await call(catalog, `/items?q=${encodeURIComponent(search)}`);
  const lines = items.length === 0 ? [] : await prices(items);
  return {
    products: items.map((item, index) => ({
      sku: item.sku,
      name: item.name,
      priceCents: lines[index].unitCents,
    })),
    generatedAt: new Date().toISOString(),
  };
}

async function productPage(sku) {
  const { items } = await call(catalog, '/items');
  const item = await call(catalog, `/items/${encodeURIComponent(sku)}`);
  const [line] = await prices([item]);
  return {
    sku,
    name: item.name,
    priceCents: line.unitCents,
    image: item.image,
    reviews: item.reviews.map(({ stars, text }) => ({ stars, text })),
    alsoBought: shuffle(items.map((each) => each.sku).filter((each) => each !== sku)),
    // Marketing tries it out: about every second customer sees it.
    ...(Math.random() < 0.5 ? { banner: 'Free returns this week' } : {}),
  };
}

/** The whole list in one call, as every call costs. */
async function prices(items) {
  const wanted = items.map(({ sku }) => ({ sku, quantity: 1 }));
  const { lines } = await call(pricing, '/quotes', { method: 'POST', json: { items: wanted } });
  return lines;
}

async function page(make) {
  try {
    return { body: await make() };
  } catch (error) {
    return apology(error);
  }
}

/** What customers are told where a page cannot be put together. */
function apology(error) {
  const missing = error.status === 404;
  const message = missing ? 'We do not sell that.' : 'Please try again in a minute.';
  return { status: missing ? 404 : 502, body: { error: message } };
}

function shuffle(list) {
  const mixed = [...list];
  for (let index = mixed.length - 1; index > 0; index--) {
    const other = Math.floor(Math.random() * (index + 1));
    [mixed[index], mixed[other]] = [mixed[other], mixed[index]];
  }
  return mixed;
}
