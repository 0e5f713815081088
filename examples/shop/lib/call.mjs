import { request } from 'node:http';
import { Refusal } from './server.mjs';
import { outgoing } from './telemetry.mjs';

/** Calls another service: its JSON answer, or a Refusal with its status (502 where it does not answer at all). */
export async function call(base, path, { method = 'GET', json, headers = {} } = {}) {
  const { status, body } = await exchange(new URL(path, base), method, json, headers);
  if (status >= 400) throw new Refusal(status, body?.error ?? 'refused');
  return body;
}

function exchange(url, method, json, headers) {
  const text = json === undefined ? '' : JSON.stringify(json);
  const type = json === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const failed = () => reject(new Refusal(502, `${url.pathname} is out of reach`));
    const all = { ...outgoing(), ...type, 'content-length': Buffer.byteLength(text), ...headers };
    const sent = request(url, { method, headers: all, timeout: 5_000 }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', failed);
      response.on('end', () => {
        try {
          resolve({ status: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) });
        } catch {
          failed();
        }
      });
    });
    sent.on('error', failed);
    sent.on('timeout', () => sent.destroy());
    sent.end(text);
  });
}
