"""What the shop sells, in a PostgreSQL database that baseline and forks share."""

import base64
import hashlib
import hmac
import json
import os
import re
import signal
import sys
import threading
import time
import traceback
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg2

SCHEMA = """
  SELECT pg_advisory_xact_lock(4711);
  CREATE TABLE IF NOT EXISTS items (
    sku TEXT PRIMARY KEY, name TEXT NOT NULL, price_cents INTEGER NOT NULL, weight_grams INTEGER NOT NULL,
    listed_at TEXT NOT NULL, views INTEGER NOT NULL DEFAULT 41200
  );
  CREATE TABLE IF NOT EXISTS reviews (id INTEGER PRIMARY KEY, sku TEXT NOT NULL, stars INTEGER NOT NULL, text TEXT NOT NULL);
  INSERT INTO items (sku, name, price_cents, weight_grams, listed_at) VALUES
    ('mug', 'Mug, stoneware', 1099, 380, '2026-03-04'),
    ('desk', 'Desk, oak', 34950, 24000, '2026-01-12'),
    ('lamp', 'Lamp, brass', 8925, 2150, '2026-05-30'),
    ('chair', 'Chair, beech', 12999, 6400, '2026-02-21'),
    ('shelf', 'Shelf, pine', 5905, 7300, '2026-04-17'),
    ('apron', 'Apron, linen', 2745, 260, '2026-06-02')
  ON CONFLICT DO NOTHING;
  INSERT INTO reviews (id, sku, stars, text) VALUES
    (1, 'mug', 5, 'Keeps tea warm.'), (2, 'mug', 4, 'A little heavy.'), (3, 'desk', 5, 'Solid.')
  ON CONFLICT DO NOTHING;
"""
LIST_ITEMS = "SELECT sku, name, price_cents, weight_grams FROM items WHERE name ILIKE %s ORDER BY name"
COUNT_VIEW = """
  UPDATE items SET views = views + 1 WHERE sku = %s
  RETURNING sku, name, price_cents, weight_grams, listed_at, views
"""
REVIEWS_OF = "SELECT stars, text FROM reviews WHERE sku = %s ORDER BY id"

local = threading.local()


class Refusal(Exception):
    """An answer other than 200."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def rows(sql, *values):
    """One statement on this thread's connection; a connection that broke is opened anew, once."""
    for attempt in (1, 2):
        try:
            if getattr(local, "db", None) is None:
                local.db = psycopg2.connect(os.environ["DATABASE_URL"])
                local.db.autocommit = True
            with local.db.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall()
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            local.db = None
            if attempt == 2:
                raise


def summary(sku, name, price_cents, weight_grams):
    return {"sku": sku, "name": name, "priceCents": price_cents, "weightGrams": weight_grams}


def item_list(query):
    return {"items": [summary(*row) for row in rows(LIST_ITEMS, f"%{query}%")]}


def page(sku):
    found = rows(COUNT_VIEW, sku)
    if not found:
        raise Refusal(404, "no such item")
    *item, listed_at, views = found[0]
    reviews = [{"stars": stars, "text": text} for stars, text in rows(REVIEWS_OF, sku)]
    return {
        **summary(*item),
        "listedOn": listed_at,
        "views": views,
        "reviews": reviews,
        "image": signed_image(sku),
    }


def signed_image(sku):
    """A link that the image store accepts for ten minutes."""
    expires = int(time.time() * 1000) + 600_000
    signature = hmac.new(b"image store", f"{sku}.{expires}".encode(), hashlib.sha256).hexdigest()
    return f"https://images.shop.example/{sku}.webp?expires={expires}&signature={signature}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urlsplit(self.path)
        try:
            self.send(200, self.answer(url.path, parse_qs(url.query)))
        except Refusal as refusal:
            self.send(refusal.status, {"error": str(refusal)})
        except Exception:
            traceback.print_exc()
            self.send(500, {"error": "internal error"})

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send(404, {"error": "no such page"})

    do_PUT = do_PATCH = do_DELETE = do_POST

    def answer(self, path, query):
        if path == "/healthz":
            return {"ok": True}
        if path == "/items":
            return item_list(query.get("q", [""])[0])
        found = re.fullmatch(r"/items/([^/]+)", path)
        if found is None:
            raise Refusal(404, "no such page")
        return page(unquote(found[1]))

    def send(self, status, body):
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        tag = base64.urlsafe_b64encode(hashlib.sha1(text).digest()).decode().rstrip("=")
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(len(text)))
        self.send_header("etag", f'"{tag}"')
        self.send_header("x-request-id", str(uuid.uuid4()))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    while True:  # the database may start later
        try:
            with psycopg2.connect(os.environ["DATABASE_URL"]) as db, db.cursor() as cursor:
                cursor.execute(SCHEMA)
            break
        except psycopg2.OperationalError as error:
            print(f"waits for the database: {error}", flush=True)
            time.sleep(0.5)
    server = Server(("", int(os.environ["PORT"])), Handler)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: sys.exit(0))
    print(f"catalog listens on {server.server_port}", flush=True)
    server.serve_forever()


main()
