import { parsePath } from '../../policy/paths.js';

/** A technical asset of the portal's type S3, as its owner wrote it: hostile input. */
export interface S3Asset {
  bucket: string;
  suffix: string;
  path: string;
}

/** Where a provider's own data lies. */
export interface ProviderPlace {
  bucket: string;
  /** One segment. */
  prefix: string;
}

/** The key of the folder that an asset stands for, or why it gives nothing. */
export type AssetPath = { prefix: string } | { ignored: string };

/**
 * The portal joins suffix and path by slashes and leaves out what is empty; so does this. Only what lies strictly below the provider's own
 * prefix is ever given: no other product's, no bucket, nothing with wildcards, variables or steps upwards.
 */
export function assetPath({ bucket, suffix, path }: S3Asset, place: ProviderPlace): AssetPath {
  if (bucket !== place.bucket) return { ignored: 'a technical asset lies in another bucket' };
  const segments = [...suffix.split('/'), ...path.split('/')].filter((each) => each !== '');
  if (segments[0] !== place.prefix || segments.length < 2)
    return { ignored: "a technical asset does not lie below the provider's own prefix" };
  const parsed = parsePath(`s3a://${bucket}/${segments.join('/')}/`);
  if (!parsed.ok) return { ignored: `a technical asset has a path that cannot be granted: ${parsed.rule}` };
  return { prefix: parsed.path.prefix };
}
