import type { JsonObject } from '../../documents/model.js';

/** Who runs what, and with which values. */
export interface RunRequest {
  provider: string;
  workflow: string;
  parameters: JsonObject;
  team?: string | undefined;
  application?: string | undefined;
  idempotencyKey?: string | undefined;
}
