import { ANSIBLE_STEPS } from './types/ansible.js';
import { CONTROL_STEPS } from './types/control.js';
import { GIT_STEPS } from './types/git.js';
import { KUBERNETES_STEPS } from './types/kubernetes.js';
import { POSTGRES_STEPS } from './types/postgres.js';
import { SECRET_COPY } from './types/secrets.js';
import type { StepType } from './step-type.js';
import { STORAGE_STEPS } from './types/storage.js';
import { TOFU_STEPS } from './types/tofu.js';
import { VAULT_STEPS } from './types/vault.js';

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
