import { type CanonicalDocument, normalise } from './documents.js';
import { type HomeLocation, homePath } from './paths.js';
import {
  bucketStatement,
  listStatement,
  noAdminStatement,
  type OwnedPrefix,
  ownerStatement,
  probeStatement,
} from './statements.js';

/**
 * A user's own document with one home: everything in the home, nothing outside it, no administration. It is the minimum with which Spark
 * (also with the Hive catalog), pyarrow, s3fs, polars and DuckDB work; the README of this folder explains each statement. The caller has
 * checked the user's name; bucket and prefix are settings.
 */
export function homePolicy(location: HomeLocation): CanonicalDocument {
  return ownPolicy([homePath(location)]);
}

/** The same for any prefixes that a user or data product owns. Further ones add no statement, except for one that lists in each bucket. */
export function ownPolicy(owned: readonly OwnedPrefix[]): CanonicalDocument {
  const buckets = [...Map.groupBy(owned, ({ bucket }) => bucket)];
  const list = buckets.map(([bucket, inside], index) => {
    const sid = index === 0 ? 'ListHome' : `ListHome${index + 1}`;
    return listStatement(
      sid,
      bucket,
      inside.map(({ prefix }) => prefix),
    );
  });
  return normalise({
    Version: '2012-10-17',
    Statement: [
      bucketStatement(
        buckets.map(([bucket]) => bucket),
        'Bucket',
      ),
      ...list,
      probeStatement('ProbeHome', owned),
      ownerStatement('Home', owned),
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
