import { findAnsible, missingForAnsible } from '../../../scripts/servers/ansible.mjs';
import { hasPostgres } from '../servers/postgres.js';
import { tempDir } from '../service/temp.js';
import { ToolStack } from './stack.js';

/** A limit for `beforeAll`: the first suite on a new machine waits until Ansible is installed. */
export const ANSIBLE_START_MS = 15 * 60_000;
/** The modules that the tests allow beyond those that change nothing. */
const MODULES = ['copy', 'file', 'command', 'raw'].map((name) => `ansible.builtin.${name}`).join();

/** For `(hasAnsible() ? describe : describe.skip)(...)`; says what is missing. */
export function hasAnsible(): boolean {
  const missing = missingForAnsible();
  if (missing !== undefined) console.warn(`Tests with Ansible are skipped: ${missing}`);
  return missing === undefined && hasPostgres();
}

/** A worker that runs playbooks, also on itself. */
export async function startAnsibleStack(
  providers: Record<string, string>,
  env: Record<string, string> = {},
  data = tempDir('tools'),
): Promise<ToolStack> {
  return ToolStack.start(providers, env, {
    ...{ WORKFLOW_TOOLS: 'ansible', ANSIBLE_BINARY: await findAnsible(), DATA_DIR: data },
    ...{ ANSIBLE_MODULES: MODULES, ANSIBLE_ON_WORKER: 'true' },
  });
}
