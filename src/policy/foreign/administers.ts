import { strings } from '../matching/values.js';
import { matchWildcard } from '../matching/wildcards.js';
import type { AnyDocument } from './weigh.js';

/** Whether a document gives rights over the server. MinIO counts the action `*` as such, too. */
export function administers(document: AnyDocument): boolean {
  return (document?.Statement ?? []).some(
    ({ Effect, Action }) =>
      Effect === 'Allow' &&
      strings(Action).some((action) => /^admin:/.test(action) || matchWildcard(action, 'admin:ServerInfo')),
  );
}
