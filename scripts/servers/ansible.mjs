// Finds Ansible, or installs the pinned one from PyPI once for this machine. No dependencies, Node >= 18.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isExecutable, which } from '../child.mjs';
import { isInstalled, pinnedVenv } from './pinned-venv.mjs';

const REQUIREMENTS = fileURLToPath(new URL('./ansible.txt', import.meta.url));

/** What the tests need and this machine lacks, as a sentence; undefined: nothing. */
export function missingForAnsible() {
  if (process.env.ANSIBLE_BINARY || isInstalled('ansible', REQUIREMENTS) || which('python3'))
    return undefined;
  return 'there is no Python: install Python 3.11 or newer with venv, or set ANSIBLE_BINARY';
}

/** The one that is named, or else the pinned one. @returns {Promise<string>} path of the program `ansible-playbook` */
export async function findAnsible() {
  const named = process.env.ANSIBLE_BINARY;
  if (named && !isExecutable(named)) throw new Error('ANSIBLE_BINARY is set, but it is no program');
  return named || join(await pinnedVenv('ansible', REQUIREMENTS), 'ansible-playbook');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  findAnsible().then(console.log, (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
