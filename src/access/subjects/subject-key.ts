import type { SubjectKind } from '../../database/schema.js';
import { minioGroup, type PolicyKind, principalOf } from '../../policy/names.js';

/** A subject by name; the key of its lease. */
export interface SubjectKey {
  kind: SubjectKind;
  name: string;
}

/** The text that identifies the subject's lease. */
export function leaseKey(key: SubjectKey): string {
  return `${key.kind}:${key.name}`;
}

/** The name of the MinIO user or group. */
export function minioName({ kind, name }: SubjectKey): string {
  switch (kind) {
    case 'user':
      return principalOf(name);
    case 'group':
      return minioGroup(name);
    case 'data_product':
      return name;
  }
}

/** The kind of a subject in the names of its documents in MinIO. */
export function policyKindOf(kind: SubjectKind): PolicyKind {
  return kind === 'data_product' ? 'dp' : kind;
}
