import type { SchemaPlace } from '../approved/schema-asset.js';
import type { PortalClient } from '../portal/portal.client.js';
import { PortalError } from '../portal/portal-error.js';
import { isSchema } from './register-assets.js';

/** What is missing until the portal has an output port that gives the schema. `as`: two steps with the same text are the same. */
type Step = { as: string; take: () => Promise<unknown> } | { end: string | null };

/**
 * Makes an output port for the schema, and links its technical asset to it, unless the asset is linked to some port or its owners refused that.
 * Returns null, or the reason why there is none. A step that another replica has done meanwhile is not an error.
 */
export async function registerPort(
  client: PortalClient,
  productId: string,
  place: SchemaPlace,
): Promise<string | null> {
  let refused: { as: string; error: PortalError } | undefined;
  for (;;) {
    const step = await nextStep(client, productId, place);
    if ('end' in step) return step.end;
    if (refused?.as === step.as) throw refused.error;
    try {
      await step.take();
    } catch (error) {
      if (!(error instanceof PortalError) || error.retryable) throw error;
      refused = { as: step.as, error };
    }
  }
}

async function nextStep(client: PortalClient, productId: string, place: SchemaPlace): Promise<Step> {
  const { assets, ports } = client;
  const asset = (await assets.of(productId))?.find((each) => isSchema(each, place));
  if (!asset?.active) return { end: 'The portal has no active technical asset for the schema' };
  const own = (await ports.of(productId)).find(({ namespace }) => namespace === namespaceOf(place));
  const link = asset.links.find(({ port }) => port === own?.id);
  if (link?.status === 'pending' && own)
    return { as: 'approve', take: () => ports.approveLink(productId, own.id, asset.id) };
  // a port of the owners', or a refusal of theirs
  if (asset.links.length > 0) return { end: null };
  if (own) return { as: 'link', take: () => ports.requestLink(productId, own.id, asset.id) };
  return createPort(client, productId, place);
}

async function createPort({ ports }: PortalClient, productId: string, place: SchemaPlace): Promise<Step> {
  const owners = await ports.ownerIds(productId);
  if (owners.length === 0)
    return { end: 'The data product has no owner, and so its output port would have none' };
  const port = {
    ...{ name: 'PostgreSQL', namespace: namespaceOf(place), owners },
    description: `The tables of the schema ${place.schema} in ${place.database}`,
  };
  return { as: 'create', take: () => ports.create(productId, port) };
}

/** As unique as the name of the schema, and within the 64 characters of portals. */
function namespaceOf({ schema }: SchemaPlace): string {
  return `${schema}-tables`;
}
