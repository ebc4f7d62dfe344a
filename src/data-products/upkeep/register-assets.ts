import { assetPath, type ProviderPlace } from '../approved/asset-path.js';
import { PUBLISHED } from '../approved/port-access.js';
import { type SchemaPlace, schemaProblem } from '../approved/schema-asset.js';
import type { AssetsClient } from '../portal/assets.client.js';

const NAMES: Record<(typeof PUBLISHED)[number], string> = { staging: 'Staging', data_mart: 'Data mart' };

const NO_ASSETS = 'This portal does not support technical assets';

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
  if (known === null) return NO_ASSETS;
  const there = new Set(
    known
      .map((asset) => ('bucket' in asset ? assetPath(asset, place) : undefined))
      .flatMap((each) => (each && 'prefix' in each ? [each.prefix] : [])),
  );
  const missing = PUBLISHED.filter((part) => !there.has(`${place.prefix}/${part}`));
  if (missing.length === 0) return null;
  const service = await client.service('S3');
  if (!service) return 'This portal offers no technical assets of type S3';
  for (const part of missing) {
    const asset = {
      name: NAMES[part],
      description: `What is published in s3://${place.bucket}/${place.prefix}/${part}/`,
      namespace: part,
      place: { bucket: place.bucket, suffix: place.prefix, path: part },
    };
    await client.create(productId, asset, service);
  }
  return null;
}

/**
 * Creates an active asset in the portal for the schema, unless there is one. Returns null, or the reason why the portal cannot use it. What is
 * done is not done again: an owner may delete it.
 */
export async function registerSchema(
  client: AssetsClient,
  productId: string,
  place: SchemaPlace,
): Promise<string | null> {
  const known = await client.of(productId);
  if (known === null) return NO_ASSETS;
  const there = known.find((asset) => 'database' in asset && schemaProblem(asset, place) === undefined);
  if (there?.active) return null;
  const id = there?.id ?? (await createSchema(client, productId, place));
  if (id === null) return 'This portal offers no technical assets of type PostgreSQL';
  await client.activate(productId, id);
  return null;
}

async function createSchema(
  client: AssetsClient,
  productId: string,
  { database, schema }: SchemaPlace,
): Promise<string | null> {
  const service = await client.service('PostgreSQL');
  if (!service) return null;
  const asset = {
    name: 'PostgreSQL',
    description: `The tables of the schema ${schema} in ${database}`,
    namespace: 'postgresql',
    place: { database, schema, table: '*' },
  };
  return client.create(productId, asset, service);
}
