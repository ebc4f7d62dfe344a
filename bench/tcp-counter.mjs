// A TCP relay that counts what passes: nothing passed means that no call was made. Of HTTP it also counts the requests that write.
import { connect, createServer } from 'node:net';

/** How such a request begins, always with a chunk of its own: a connection carries one at a time. `POST /` only asks for a session. */
const WRITE = /^(PUT|DELETE|POST) \/[^ ]/;

/** @param {string} endpoint @returns {Promise<{ endpoint: string, bytes: () => number, writes: () => number, close: () => void }>} */
export async function startCounter(endpoint) {
  const { hostname, port } = new URL(endpoint);
  const sockets = new Set();
  let bytes = 0;
  let writes = 0;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    near.on('data', (chunk) => (writes += WRITE.test(chunk.toString('latin1', 0, 16)) ? 1 : 0));
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(from);
      from.on('data', (chunk) => (bytes += chunk.length));
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  const endpointOfRelay = `http://127.0.0.1:${server.address().port}`;
  return { endpoint: endpointOfRelay, bytes: () => bytes, writes: () => writes, close };
}
