// Finds RabbitMQ's server on this machine. No dependencies, Node >= 18.
import { isExecutable, which } from '../child.mjs';

/** Debian's own program: the one in /usr/sbin changes the user and the folder first. */
const DEBIAN = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** Where there is none. */
export const NO_RABBITMQ = 'it is not installed. Install RabbitMQ (Debian: apt-get install rabbitmq-server)';

/**
 * The program that starts a broker, and the one that knows the ports of Erlang's nodes.
 * @returns {{ server: string, epmd: string } | undefined}
 */
export function findRabbitmq() {
  const epmd = which('epmd');
  return isExecutable(DEBIAN) && epmd ? { server: DEBIAN, epmd } : undefined;
}
