import { freePort, stopChild } from '../../../scripts/child.mjs';
import { findNginx, launchProxy } from '../../../scripts/proxy.mjs';
import type { MinioServer } from './minio.js';
import { tempDir } from '../service/temp.js';

/** For `(hasNginx() ? describe : describe.skip)(...)`; says so when it is missing. */
export function hasNginx(): boolean {
  if (findNginx() !== undefined) return true;
  const missing = 'nginx is not installed (Debian: apt-get install nginx-light): its tests are skipped';
  if (process.env.CI) throw new Error(missing);
  console.warn(missing);
  return false;
}

export interface Nginx {
  endpoint: string;
  dir: string;
  pid: number;
  log: () => string;
  stop: () => Promise<unknown>;
}

/** nginx with the configuration of deploy/proxy before a MinIO. */
export async function startNginx(minio: MinioServer): Promise<Nginx> {
  const dir = tempDir('nginx');
  const port = await freePort();
  const { child, log } = await launchProxy({
    nginx: findNginx() ?? 'nginx',
    port,
    minioPort: minio.port,
    dir,
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    dir,
    pid: child.pid ?? 0,
    log,
    stop: () => stopChild(child),
  };
}

/** Where people's programs reach MinIO: behind the proxy, or MinIO itself where there is no nginx. */
export async function startFront(minio: MinioServer): Promise<Pick<Nginx, 'endpoint' | 'stop'>> {
  if (hasNginx()) return startNginx(minio);
  return { endpoint: minio.endpoint, stop: () => Promise.resolve() };
}
