import { resolve } from 'node:path';
import { secretOf } from './secret-variable.js';

/** What programs that call the service are told by their environment. */
export interface ClientEnvironment {
  /** The address of the service, without a slash at the end; undefined: not set. */
  url: string | undefined;
  /** MINIO_MANAGER_TOKEN, or the content of MINIO_MANAGER_TOKEN_FILE. */
  token: string | undefined;
}

/** Throws an Error that names the variable. */
export function clientEnvironment(source: NodeJS.ProcessEnv = process.env): ClientEnvironment {
  const given = source.MINIO_MANAGER_URL;
  const address = given ? URL.parse(given) : undefined;
  if (address === null || (address && !['http:', 'https:'].includes(address.protocol)))
    throw new Error('MINIO_MANAGER_URL must be http://host[:port] or https://host[:port]');
  return {
    url: address && `${address.origin}${address.pathname.replace(/\/+$/, '')}`,
    token: secretOf(source, 'MINIO_MANAGER_TOKEN'),
  };
}

/** The folder of the demo: DATA_DIR, below the folder of the project, in which `npm start` runs. */
export function demoFolder(project: string, source: NodeJS.ProcessEnv = process.env): string {
  return resolve(project, source.DATA_DIR || 'data');
}
