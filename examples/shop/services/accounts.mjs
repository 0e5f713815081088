import { randomBytes, randomUUID, scryptSync, timingSafeEqual } from 'node:crypto';
import { Refusal, serve } from '../lib/server.mjs';

// Who buys: accounts, passwords, and the tokens that a sign-in gives.
const maxKept = 5_000;
const users = new Map();
const tokens = new Map();
const ada = register({ email: 'ada@shop.example', name: 'Ada', password: 'correct horse' });
Object.assign(ada, { id: '6f1c2a34-7f0e-4c5b-9d3a-52b1c0e8a9f7', createdAt: '2026-01-05T09:30:00.000Z' });

serve('accounts', [
  ['POST', '/users', ({ json }) => ({ status: 201, body: publicUser(register(json)) })],
  ['POST', '/sessions', ({ json }) => ({ status: 201, body: signIn(json) })],
  ['GET', '/users/me', ({ headers }) => ({ body: publicUser(userOf(headers)) })],
]);

function register(wanted) {
  const { email, name, password } = wanted ?? {};
  if (![email, name, password].every((text) => typeof text === 'string' && text !== '')) {
    throw new Refusal(422, 'an account needs email, name and password');
  }
  if (users.has(email)) throw new Refusal(409, 'this address has an account');
  const salt = randomBytes(16).toString('hex');
  const user = {
    id: randomUUID(),
    email,
    name,
    createdAt: new Date().toISOString(),
    salt,
    passwordHash: hash(password, salt),
  };
  keep(users, email, user);
  return user;
}

function signIn(wanted) {
  const user = users.get(wanted?.email);
  if (user === undefined || !equal(hash(String(wanted.password), user.salt), user.passwordHash)) {
    throw new Refusal(401, 'wrong address or password');
  }
  const token = randomBytes(24).toString('base64url');
  keep(tokens, token, user.email);
  return { token, expiresAt: new Date(Date.now() + 3_600_000).toISOString() };
}

function userOf(headers) {
  const token = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
  const user = users.get(tokens.get(token));
  if (user === undefined) throw new Refusal(401, 'sign in first');
  return user;
}

function publicUser(user) {
  const { passwordHash, salt, ...rest } = user;
  return rest;
}

function hash(password, salt) {
  return scryptSync(password, salt, 32, { N: 1024 }).toString('hex');
}

function equal(one, other) {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

/** Ada, the first, stays. */
function keep(map, key, value) {
  if (map.size >= maxKept) map.delete([...map.keys()][1]);
  map.set(key, value);
}
