import type { OpenAPIObject } from '@nestjs/swagger';
import type { RequestableKind } from './kinds.js';

type Schema = Record<string, unknown> & { properties: Record<string, object> };

/** Where the input of a requested provision is described. */
const REQUEST = 'ProvisionRequestDto';

/** Makes the request for a provision one of the kinds in the OpenAPI document: `kind` decides which input it takes. */
export function describeKinds({ components }: OpenAPIObject, kinds: readonly RequestableKind[]): void {
  const schemas = (components?.schemas ?? {}) as Record<string, Schema>;
  const request = schemas[REQUEST];
  if (!request) return;
  const mapping: Record<string, string> = {};
  for (const { name, input } of kinds) {
    const variant = `${pascal(name)}Provision`;
    schemas[variant] = requestOf(request, name, input.name);
    mapping[name] = `#/components/schemas/${variant}`;
  }
  schemas[REQUEST] = {
    oneOf: Object.values(mapping).map(($ref) => ({ $ref })),
    discriminator: { propertyName: 'kind', mapping },
  } as unknown as Schema;
}

/** `access.grant` is `AccessGrant`. */
function pascal(name: string): string {
  return name.replaceAll(/(?:^|[._])([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function requestOf(request: Schema, kind: string, input: string): Schema {
  return {
    ...request,
    properties: {
      ...request.properties,
      kind: { type: 'string', description: 'The kind of provision', enum: [kind] },
      input: { $ref: `#/components/schemas/${input}` },
    },
  };
}
