import { minioGroup, principalOf } from '../policy/names.js';

/** A subject by name; the key of its lease. */
export interface SubjectKey {
  kind: 'user' | 'group';
  name: string;
}

/** The text a lease is taken under. */
export function leaseKey(key: SubjectKey): string {
  return `${key.kind}:${key.name}`;
}

/** The name of the MinIO user or group. */
export function minioName({ kind, name }: SubjectKey): string {
  return kind === 'user' ? principalOf(name) : minioGroup(name);
}
