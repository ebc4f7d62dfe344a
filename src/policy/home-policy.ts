import { type CanonicalDocument, normalise } from './documents.js';
import { type HomeLocation, homePath, type LakePath } from './paths.js';
import {
  bucketStatement,
  listStatement,
  noAdminStatement,
  ownerStatement,
  probeStatement,
} from './statements.js';

/**
 * A user's own document: everything in the home, nothing beside it, no administration. The least with which Spark (also with the
 * Hive catalogue), pyarrow, s3fs, polars and DuckDB work; the README of this folder says what each statement is for.
 * The caller has checked the user's name; bucket and prefix are settings.
 */
export function homePolicy(location: HomeLocation): CanonicalDocument {
  return ownPolicy(homePath(location));
}

/** The same for any prefix that somebody owns. */
export function ownPolicy({ bucket, prefix }: Pick<LakePath, 'bucket' | 'prefix'>): CanonicalDocument {
  return normalise({
    Version: '2012-10-17',
    Statement: [
      bucketStatement(bucket, 'Bucket'),
      listStatement('ListHome', bucket, prefix),
      probeStatement('ProbeHome', bucket, prefix),
      ownerStatement('Home', bucket, prefix),
      noAdminStatement(),
    ],
  });
}

/** The document of somebody who owns no prefix: the bucket can be asked for, no administration. */
export function guestPolicy(bucket: string): CanonicalDocument {
  return normalise({
    Version: '2012-10-17',
    Statement: [bucketStatement(bucket, 'Bucket'), noAdminStatement()],
  });
}
