import { withoutCovered } from '../grants/covered.js';
import type { AccessRequest } from '../evaluate.js';
import type { PolicyGrant } from '../grants/grants.js';
import { strings } from '../matching/values.js';
import { parsePath, resourceOf } from '../paths.js';
import { type AnyDocument, weigh } from './weigh.js';
import { fixed } from './fixed.js';

/** Stands for any name: no path contains these characters, and no pattern so many `?`, so only a pattern for all names matches it. */
const ANY_NAME = '\u0001'.repeat(64);

/** What is allowed at both is allowed always: a grant that is taken over has no end. */
const MOMENTS = ['1970-01-01T00:00:00Z', '9999-12-31T23:59:59Z'];

/**
 * The grants that a foreign document amounts to: folders that it lets be listed and read, or written and deleted, too, always and whatever
 * else a request says. No grant gives more than the document, except what belongs to every grant: an object of exactly the folder's name
 * may be read, tags are read and written with their objects, and uploads in parts can be listed and ended. `principal` as for `fixed`.
 */
export function importable(source: AnyDocument, principal?: string): PolicyGrant[] {
  const read = fixed(source, principal);
  if ('why' in read) return [];
  const { document } = read;
  const folders = new Map(
    document.Statement.flatMap(({ Resource }) => strings(Resource))
      .flatMap(folderOf)
      .map((folder) => [`${folder.bucket}/${folder.prefix}`, folder]),
  );
  const gives = (request: AccessRequest): boolean =>
    MOMENTS.every((now) => {
      const conditions = { 's3:prefix': undefined, ...request.conditions, 'aws:CurrentTime': now };
      return weigh([document], { ...request, conditions }).allowed === true;
    });
  // MinIO returns the same document in another order each time
  const ordered = [...folders].sort(([a], [b]) => (a < b ? -1 : 1));
  return withoutCovered(ordered.flatMap(([, folder]) => grantOn(folder, gives)));
}

interface Folder {
  bucket: string;
  prefix: string;
}

function folderOf(arn: string): Folder[] {
  const place = resourceOf(arn);
  if (!place.endsWith('/*')) return [];
  const parsed = parsePath(`s3a://${place.slice(0, -1)}`);
  return parsed.ok ? [parsed.path] : [];
}

function grantOn({ bucket, prefix }: Folder, gives: (request: AccessRequest) => boolean): PolicyGrant[] {
  const onKey = (key: string, ...actions: string[]): boolean =>
    actions.every((action) => gives({ action, bucket, key }));
  const below = `${prefix}/${ANY_NAME}`;
  const lists = [`${prefix}/`, below].every((each) =>
    gives({ action: 's3:ListBucket', bucket, conditions: { 's3:prefix': each } }),
  );
  if (!lists || !onKey(below, 's3:GetObject')) return [];
  if (!onKey(below, 's3:PutObject', 's3:DeleteObject'))
    return [{ bucket, prefix, folder: true, permission: 'read' }];
  const folder = !onKey(prefix, 's3:GetObject', 's3:PutObject', 's3:DeleteObject');
  return [{ bucket, prefix, folder, permission: 'write' }];
}
