import { assetPath, type ProviderPlace } from '../approved/asset-path.js';
import { PUBLISHED } from '../approved/port-access.js';
import { type SchemaPlace, schemaProblem } from '../approved/schema-asset.js';
import type { AssetsClient, NewAsset, PlatformService } from '../portal/assets.client.js';
import { PortalError } from '../portal/portal-error.js';
import type { PortalAsset } from '../portal/shapes.js';

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
  const isAt = (asset: PortalAsset, part: string): boolean => {
    const at = 'bucket' in asset ? assetPath(asset, place) : undefined;
    return at !== undefined && 'prefix' in at && at.prefix === `${place.prefix}/${part}`;
  };
  const missing = PUBLISHED.filter((part) => !known.some((asset) => isAt(asset, part)));
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
    await createOnce(client, productId, { asset, service, isIt: (each) => isAt(each, part) });
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
  const there =
    known.find((asset) => isSchema(asset, place)) ?? (await createSchema(client, productId, place));
  if (there === null) return 'This portal offers no technical assets of type PostgreSQL';
  if (!there.active) await client.activate(productId, there.id);
  return null;
}

/** Whether the asset is the schema as a whole. */
export function isSchema(asset: PortalAsset, place: SchemaPlace): boolean {
  return 'database' in asset && schemaProblem(asset, place) === undefined;
}

async function createSchema(
  client: AssetsClient,
  productId: string,
  schemaPlace: SchemaPlace,
): Promise<Registered | null> {
  const { database, schema } = schemaPlace;
  const service = await client.service('PostgreSQL');
  if (!service) return null;
  const asset = {
    name: 'PostgreSQL',
    description: `The tables of the schema ${schema} in ${database}`,
    namespace: 'postgresql',
    place: { database, schema, table: '*' },
  };
  return createOnce(client, productId, { asset, service, isIt: (each) => isSchema(each, schemaPlace) });
}

type Registered = Pick<PortalAsset, 'id' | 'active'>;

/** Another replica may register the same at the same time: the portal accepts one of two assets of one name. */
async function createOnce(
  client: AssetsClient,
  productId: string,
  wanted: { asset: NewAsset; service: PlatformService; isIt: (asset: PortalAsset) => boolean },
): Promise<Registered> {
  try {
    return { id: await client.create(productId, wanted.asset, wanted.service), active: false };
  } catch (error) {
    if (!(error instanceof PortalError) || error.retryable) throw error;
    const there = (await client.of(productId))?.find(wanted.isIt);
    if (!there) throw error;
    return there;
  }
}
