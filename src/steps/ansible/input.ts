import type { Json, JsonObject } from '../../documents/model.js';
import type { AnsibleHost } from '../../targets/ansible/hosts.js';
import type { SecretPlace } from '../tools/secret-variables.js';

/** The input of the step type `ansible`. */
export interface AnsibleInput {
  playbook?: string;
  plays?: Json[];
  hosts?: AnsibleHost[];
  private_key?: SecretPlace;
  variables?: JsonObject;
  secret_variables?: Record<string, SecretPlace>;
  undo?: string;
  undo_plays?: Json[];
}
