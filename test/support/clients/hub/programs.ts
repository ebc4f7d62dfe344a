import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedVenv } from '../../python/venv.js';
import { pythonOfTests } from '../python-client.js';
import { HUB_PROXY } from '../versions.js';

const run = promisify(execFile);
/** A cold cache on a busy machine: Python packages, then the proxy. */
export const HUB_INSTALL_MS = 900_000;

export interface HubPrograms {
  /** Python with {@link PYTHON} of the versions. */
  python: string;
  /** The proxy's script. */
  proxy: string;
}

/** JupyterHub and its proxy from their registries, kept outside the project. */
export async function hubPrograms(): Promise<HubPrograms> {
  const python = await pythonOfTests();
  const { name, version } = HUB_PROXY;
  const folder = await cachedVenv(`hub-proxy-${version}`, async (path) => {
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    await run('npm', ['install', '--prefix', path, ...quiet, `${name}@${version}`], {
      timeout: HUB_INSTALL_MS,
    });
  });
  return { python, proxy: join(folder, 'node_modules', name, 'bin', name) };
}
