import type { PolicyDocument } from '../madmin/types.js';
import type { PolicyGrant } from './grants.js';
import type { HomeLocation } from './paths.js';
export interface Proof {
  ok: boolean;
}
export function proveShard(
  document: PolicyDocument,
  expected: { grants: readonly PolicyGrant[]; shown: ReadonlySet<number>; lower?: boolean; now: Date },
): Proof {
  return { ok: document.Statement.length > 0 && expected.grants.length > 0 };
}
export function proveHome(document: PolicyDocument, location: HomeLocation): Proof {
  return { ok: document.Statement.length > 0 && location.bucket !== '' };
}
export function proveGroupBase(document: PolicyDocument, bucket: string): Proof {
  return { ok: document.Statement.length > 0 && bucket !== '' };
}
