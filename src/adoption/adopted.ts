import type { SubjectRow } from '../database/schema.js';
import type { Candidate, Refusal } from './candidates.js';
import type { Verdict } from './documents/detachment.js';
import type { Imported } from './documents/imports.js';

/** The result for one user or group. */
export interface Adopted {
  kind: 'user' | 'group';
  name: string;
  status: 'adopted' | 'unchanged' | 'refused';
  /** Why it was refused; for an adopted one, why MinIO does not hold its state yet (the worker continues). */
  refusal?: Refusal;
  candidate?: Candidate;
  row?: SubjectRow;
  imported: readonly Imported[];
  verdicts: readonly Verdict[];
}
