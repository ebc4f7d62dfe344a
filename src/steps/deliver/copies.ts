import { createHash } from 'node:crypto';

/** Who writes a secret. */
export interface Writer {
  provisionId: string;
  /** Of what it is a copy, and of which version; undefined: of nothing. */
  copyOf?: string | undefined;
}

/** The note beside a copy. It counts only while the provision that it names was the last one to write. */
export function noteOfCopy(provision: string, copyOf: string): string {
  return `${provision} ${createHash('sha256').update(copyOf).digest('hex').slice(0, 32)}`;
}
