import { join } from 'node:path';

/** The folder of the project, above `dist/`. The build leaves this file alone: one that is put into another one would look from there. */
export const ROOT = join(import.meta.dirname, '..', '..');
