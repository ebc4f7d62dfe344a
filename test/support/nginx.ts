import { freePort, stopChild } from '../../scripts/child.mjs';
import { findNginx, launchProxy } from '../../scripts/proxy.mjs';
import type { MinioServer } from './minio.js';
import { tempDir } from './temp.js';

/** Without nginx the suites that need it are skipped; in CI it is installed, and they fail. */
export const NGINX = findNginx() ?? (process.env.CI ? 'nginx' : undefined);

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
  const { child, log } = await launchProxy({ nginx: NGINX ?? '', port, minioPort: minio.port, dir });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    dir,
    pid: child.pid ?? 0,
    log,
    stop: () => stopChild(child),
  };
}
