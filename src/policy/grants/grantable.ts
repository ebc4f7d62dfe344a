/** Where administrators give paths. */
export interface Grantable {
  /** Names of buckets; one that ends in `*` is every bucket whose name starts so. */
  grantableBuckets: readonly string[];
}

/** Whether an entry stands for every bucket whose name starts with it. */
export function isPattern(entry: string): boolean {
  return entry.endsWith('*');
}

/** Whether administrators may give groups and roles paths in this bucket. */
export function isGrantable(bucket: string, { grantableBuckets }: Grantable): boolean {
  return grantableBuckets.some((entry) =>
    isPattern(entry) ? bucket.startsWith(entry.slice(0, -1)) : bucket === entry,
  );
}
