import { readFileSync, statSync } from 'node:fs';
import { Problem } from '../common/problems/problem.js';
import { Secret } from '../common/secret.js';
import type { SecretSource } from '../config/targets.js';

/** A secret of a target. One in a file is read again when the file has changed, so that it can be rotated without a restart. */
export class Credential {
  #read: { stamp: string; secret: Secret } | undefined;

  constructor(private readonly source: SecretSource) {}

  /** Throws `target_unavailable` if its file cannot be read: it may be replaced at this moment. */
  current(): Secret {
    if ('value' in this.source) return this.source.value;
    try {
      const { mtimeMs, size, ino } = statSync(this.source.file);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (this.#read?.stamp !== stamp)
        this.#read = { stamp, secret: new Secret(readFileSync(this.source.file, 'utf8').trim()) };
      return this.#read.secret;
    } catch {
      throw new Problem('target_unavailable', 'The file with the credentials of the target cannot be read');
    }
  }
}
