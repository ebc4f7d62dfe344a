import { assetPath, type ProviderPlace } from '../approved/asset-path.js';
import { PUBLISHED } from '../approved/port-access.js';
import type { AssetsClient } from '../portal/assets.client.js';

const NAMES: Record<(typeof PUBLISHED)[number], string> = { staging: 'Staging', data_mart: 'Data mart' };

/**
 * Creates an S3 asset in the portal for each published folder, unless one with this location exists: the portal rejects duplicates. Returns
 * null, or the reason why the portal cannot use them.
 */
export async function registerAssets(
  client: AssetsClient,
  productId: string,
  place: ProviderPlace,
): Promise<string | null> {
  const known = await client.of(productId);
  if (known === null) return 'This portal does not support technical assets';
  const there = new Set(
    known
      .map((asset) => ('bucket' in asset ? assetPath(asset, place) : undefined))
      .flatMap((each) => (each && 'prefix' in each ? [each.prefix] : [])),
  );
  const missing = PUBLISHED.filter((part) => !there.has(`${place.prefix}/${part}`));
  if (missing.length === 0) return null;
  const service = await client.s3Service();
  if (!service) return 'This portal offers no technical assets of type S3';
  for (const part of missing) {
    const asset = {
      name: NAMES[part],
      description: `What is published in s3://${place.bucket}/${place.prefix}/${part}/`,
      namespace: part,
      ...{ bucket: place.bucket, suffix: place.prefix, path: part },
    };
    await client.create(productId, asset, service);
  }
  return null;
}
