import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder under the run's own temp folder, which `npm test` removes at the end. */
export function tempDir(kind: string): string {
  const base = process.env.TEST_TMP ?? tmpdir();
  mkdirSync(base, { recursive: true });
  return mkdtempSync(join(base, `minio-manager-${kind}-`));
}
