import { ANSIBLE_STEPS } from './ansible.js';
import { CONTROL_STEPS } from './control.js';
import { GIT_STEPS } from './git.js';
import { KUBERNETES_STEPS } from './kubernetes.js';
import { POSTGRES_STEPS } from './postgres.js';
import { SECRET_COPY } from './secrets.js';
import type { StepType } from './step-type.js';
import { STORAGE_STEPS } from './storage.js';
import { TOFU_STEPS } from './tofu.js';
import { VAULT_STEPS } from './vault.js';

/** All step types that documents may name, whether or not this service can carry them out. */
export const STEP_TYPES: ReadonlyMap<string, StepType> = tableOf([
  ...STORAGE_STEPS,
  ...VAULT_STEPS,
  SECRET_COPY,
  ...POSTGRES_STEPS,
  ...KUBERNETES_STEPS,
  ...GIT_STEPS,
  ...TOFU_STEPS,
  ...ANSIBLE_STEPS,
  ...CONTROL_STEPS,
]);

/** Throws if two step types have the same name. */
function tableOf(types: readonly StepType[]): Map<string, StepType> {
  const table = new Map(types.map((type) => [type.name, type]));
  if (table.size !== types.length) throw new Error('Two step types have the same name');
  return table;
}
