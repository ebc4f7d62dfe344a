import type { JsonObject } from '../../documents/model.js';
import type { SecretPlace } from '../tools/secret-variables.js';

/** The input of the step type `tofu`. */
export interface TofuInput {
  state: string;
  module?: string;
  files?: Record<string, string>;
  variables?: JsonObject;
  secret_variables?: Record<string, SecretPlace>;
}
