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
 * A user's own document: everything in the home, nothing outside it, no administration. It is the minimum with which Spark (also with the
 * Hive catalog), pyarrow, s3fs, polars and DuckDB work; the README of this folder explains each statement. The caller has checked the
 * user's name; bucket and prefix are settings.
 */
export function homePolicy(location: HomeLocation): CanonicalDocument {
  return ownPolicy(homePath(location));
}

/** The same for any prefix that a user or data product owns. */
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

/** The document of a holder without a prefix: requests about the bucket itself are allowed, no administration. */
export function guestPolicy(bucket: string): CanonicalDocument {
  return normalise({
    Version: '2012-10-17',
    Statement: [bucketStatement(bucket, 'Bucket'), noAdminStatement()],
  });
}
