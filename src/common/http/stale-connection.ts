import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** Options of a request that must not use a connection that was used before. */
const NEW_CONNECTION = { httpAgent: new HttpAgent(), httpsAgent: new HttpsAgent() };
/** What Node reports when the other side closed the connection: on reading, and on writing. */
const CLOSED = ['ECONNRESET', 'EPIPE'];

/**
 * Sends a request that may be repeated, once more on a new connection if the server closed the one that was kept alive. Servers and proxies close
 * idle connections at a time of their own, which may be the moment of the next request; Node leaves the repetition to the caller.
 */
export async function withoutStaleConnection<T>(
  send: (options: Partial<typeof NEW_CONNECTION>) => Promise<T>,
): Promise<T> {
  try {
    return await send({});
  } catch (error) {
    if (!isStale(error as Failure)) throw error;
    return send(NEW_CONNECTION);
  }
}

interface Failure {
  code?: string;
  request?: { reusedSocket?: boolean };
}

function isStale({ code, request }: Failure): boolean {
  return request?.reusedSocket === true && CLOSED.includes(code ?? '');
}
