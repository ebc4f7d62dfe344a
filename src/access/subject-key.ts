/** A subject by name; the key of its lease. */
export interface SubjectKey {
  kind: 'user';
  name: string;
}

/** The text a lease is taken under. */
export function leaseKey(key: SubjectKey): string {
  return `${key.kind}:${key.name}`;
}
