import { Secret } from '../../common/secret.js';
import type { AppConfig } from '../app-config.js';
import type { Environment } from '../environment.js';

/** The broker, if there is one. */
export function amqpOf({ AMQP_URL: url, AMQP_FALLBACK: fallback }: Environment): AppConfig['amqp'] {
  return url === undefined ? undefined : { url: new Secret(url), fallback: fallback === 'database' };
}

/** Why these settings cannot be used. */
export function problemsOfAmqp({ AMQP_URL: url, AMQP_FALLBACK: fallback }: Environment): string[] {
  if (url === undefined)
    return fallback === 'none' ? [] : ['AMQP_FALLBACK must not be set without AMQP_URL: there is no broker'];
  if (isAmqp(url)) return [];
  return [
    'AMQP_URL must be amqp://USER:PASSWORD@HOST:PORT/VHOST or amqps://…: port and vhost may be left out, nothing may follow, ' +
      'and special characters in names and password are percent-encoded',
  ];
}

/** Settings in the query belong to the client, which this service sets itself. */
function isAmqp(text: string): boolean {
  try {
    const { protocol, hostname, pathname, search, hash, username, password } = new URL(text);
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    const isKnown = protocol === 'amqp:' || protocol === 'amqps:';
    return isKnown && hostname !== '' && /^\/?[^/]*$/.test(pathname) && search + hash === '';
  } catch {
    return false;
  }
}
