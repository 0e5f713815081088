import { createHmac } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Refusal, serve } from '../lib/server.mjs';

// What the shop sells, in a real database file that several processes may have open at once.
const file = process.env.DB_FILE ?? './data/catalog.db';
mkdirSync(dirname(file), { recursive: true });
const db = new DatabaseSync(file, { timeout: 5_000 });
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
db.exec(`
  BEGIN IMMEDIATE;
  CREATE TABLE IF NOT EXISTS items (
    sku TEXT PRIMARY KEY, name TEXT NOT NULL, price_cents INTEGER NOT NULL, weight_grams INTEGER NOT NULL,
    listed_at TEXT NOT NULL, views INTEGER NOT NULL DEFAULT 41200
  );
  CREATE TABLE IF NOT EXISTS reviews (id INTEGER PRIMARY KEY, sku TEXT NOT NULL, stars INTEGER NOT NULL, text TEXT NOT NULL);
  INSERT OR IGNORE INTO items (sku, name, price_cents, weight_grams, listed_at) VALUES
    ('mug', 'Mug, stoneware', 1099, 380, '2026-03-04'),
    ('desk', 'Desk, oak', 34950, 24000, '2026-01-12'),
    ('lamp', 'Lamp, brass', 8925, 2150, '2026-05-30'),
    ('chair', 'Chair, beech', 12999, 6400, '2026-02-21'),
    ('shelf', 'Shelf, pine', 5905, 7300, '2026-04-17'),
    ('apron', 'Apron, linen', 2745, 260, '2026-06-02');
  INSERT OR IGNORE INTO reviews (id, sku, stars, text) VALUES
    (1, 'mug', 5, 'Keeps tea warm.'), (2, 'mug', 4, 'A little heavy.'), (3, 'desk', 5, 'Solid.');
  COMMIT;
`);

const listItems = db.prepare('SELECT * FROM items WHERE name LIKE ? ORDER BY name');
const findItem = db.prepare('SELECT * FROM items WHERE sku = ?');
const countView = db.prepare('UPDATE items SET views = views + 1 WHERE sku = ?');
const reviewsOf = db.prepare('SELECT stars, text FROM reviews WHERE sku = ? ORDER BY id');

serve('catalog', [
  [
    'GET',
    '/items',
    ({ query }) => ({ body: { items: listItems.all(`%${query.get('q') ?? ''}%`).map(summary) } }),
  ],
  ['GET', '/items/:sku', ({ params }) => ({ body: page(params.sku) })],
]);

function summary(row) {
  return { sku: row.sku, name: row.name, priceCents: row.price_cents, weightGrams: row.weight_grams };
}

function page(sku) {
  countView.run(sku);
  const row = findItem.get(sku);
  if (row === undefined) throw new Refusal(404, 'no such item');
  const reviews = reviewsOf.all(sku);
  return {
    ...summary(row),
    listedOn: row.listed_at,
    views: row.views,
    reviews,
    image: signedImage(sku),
  };
}

/** A link that the image store accepts for ten minutes. */
function signedImage(sku) {
  const expires = Date.now() + 600_000;
  const signature = createHmac('sha256', 'image store').update(`${sku}.${expires}`).digest('hex');
  return `https://images.shop.example/${sku}.webp?expires=${expires}&signature=${signature}`;
}
