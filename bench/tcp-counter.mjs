// A TCP relay that counts what passes: nothing passed means that no call was made.
import { connect, createServer } from 'node:net';

/** @param {string} endpoint @returns {Promise<{ endpoint: string, bytes: () => number, close: () => void }>} */
export async function startCounter(endpoint) {
  const { hostname, port } = new URL(endpoint);
  const sockets = new Set();
  let bytes = 0;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
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
  return { endpoint: `http://127.0.0.1:${server.address().port}`, bytes: () => bytes, close };
}
