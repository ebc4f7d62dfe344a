import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The run's own temp folder, which `npm test` removes at the end. */
export function runDir(): string {
  const base = process.env.TEST_TMP ?? tmpdir();
  mkdirSync(base, { recursive: true });
  return base;
}

/** A new folder under that of the run. */
export function tempDir(kind: string): string {
  return mkdtempSync(join(runDir(), `minio-manager-${kind}-`));
}
