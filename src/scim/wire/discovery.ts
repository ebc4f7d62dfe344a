import { scimmy } from './scimmy.js';
import { BASE } from './shapes.js';

/** What this service can do (RFC 7643, section 5). */
export const SERVICE = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: 200 },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Service token',
      description: 'A service token of minio-manager with the scope scim, as Authorization: Bearer',
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: `${BASE}/ServiceProviderConfig` },
};

interface Named {
  id: string;
}

export async function resourceTypes(): Promise<Named[]> {
  const { Resources, Schemas } = await scimmy();
  return [Resources.User, Resources.Group].map((each) =>
    plain(new Schemas.ResourceType(each.describe(), `${BASE}/ResourceTypes`)),
  );
}

export async function schemas(): Promise<Named[]> {
  const { Schemas } = await scimmy();
  return [Schemas.User, Schemas.Group].map(({ definition }) => plain(definition.describe(`${BASE}/Schemas`)));
}

/** The package's objects have fields that are not to be written. */
function plain(resource: object): Named {
  return JSON.parse(JSON.stringify(resource)) as Named;
}
