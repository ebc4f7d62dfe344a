import type { EventName } from '../../documents/model.js';
import type { Given } from '../requests/given-parameters.js';

/** Who runs what, and with which values. */
export interface RunRequest extends Given {
  provider: string;
  workflow: string;
  team?: string | undefined;
  idempotencyKey?: string | undefined;
  /** The id of the run; without it that of the key, or a new one. */
  id?: string;
  /** The event that starts it: then the names of the team bind it, whoever caused the event. */
  event?: EventName | undefined;
  /** The resource that the run deletes. */
  deletes?: string | undefined;
}
