// Where the command line asks the running demo: on loopback, by a token that only the demo's folder has.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * Answers with lines of JSON: `{ say }` for what goes on, at last `{ done }`, or `{ failed }` with a sentence.
 * @param {Record<string, (say: (line: string) => void) => Promise<unknown>>} actions by their path
 * @returns {Promise<{ url: string, token: string, stop: () => void }>}
 */
export async function startControl(actions) {
  const token = randomBytes(24).toString('hex');
  const server = createServer((request, response) => {
    response.on('error', () => {});
    void answer(request, response, actions, token);
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, token, stop };
}

async function answer(request, response, actions, token) {
  const action = Object.hasOwn(actions, request.url) ? actions[request.url] : undefined;
  if (request.method !== 'POST' || !action || !isSame(request.headers.authorization, `Bearer ${token}`)) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  const line = (value) => response.write(`${JSON.stringify(value)}\n`);
  try {
    const done = await action((text) => line({ say: text }));
    line({ done });
  } catch (error) {
    line({ failed: error.message });
  }
  response.end();
}

function isSame(given = '', wanted) {
  const [left, right] = [Buffer.from(given), Buffer.from(wanted)];
  return left.length === right.length && timingSafeEqual(left, right);
}
