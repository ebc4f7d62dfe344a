import { parsePath } from '../../policy/paths.js';

/** A technical asset of the portal's type S3, as its owner wrote it: hostile input. */
export interface S3Asset {
  bucket: string;
  suffix: string;
  path: string;
}

/** The location of a provider's own data. */
export interface ProviderPlace {
  bucket: string;
  /** A single path segment. */
  prefix: string;
}

/** The key of the folder that an asset refers to, or the reason why the asset gives nothing. */
export type AssetPath = { prefix: string } | { ignored: string };

/**
 * Joins suffix and path with slashes and skips empty parts, as the portal does. Only a path strictly below the provider's own prefix is
 * granted: no other product's path, no whole bucket, and no path with wildcards, variables or `..`.
 */
export function assetPath({ bucket, suffix, path }: S3Asset, place: ProviderPlace): AssetPath {
  if (bucket !== place.bucket) return { ignored: 'a technical asset is in another bucket' };
  const segments = [...suffix.split('/'), ...path.split('/')].filter((each) => each !== '');
  if (segments[0] !== place.prefix || segments.length < 2)
    return { ignored: "a technical asset is not below the provider's own prefix" };
  const parsed = parsePath(`s3a://${bucket}/${segments.join('/')}/`);
  if (!parsed.ok) return { ignored: `a technical asset has a path that cannot be granted: ${parsed.rule}` };
  return { prefix: parsed.path.prefix };
}
