import type { JsonObject } from '../../documents/model.js';

/** The input of the step type `tofu`. */
export interface TofuInput {
  state: string;
  module?: string;
  files?: Record<string, string>;
  variables?: JsonObject;
  secret_variables?: Record<string, { target?: string; path: string; key: string }>;
}
