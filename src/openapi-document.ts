import type { INestApplication } from '@nestjs/common';
import { DiscoveryService, ModulesContainer } from '@nestjs/core';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { applyRules } from './openapi-rules.js';
import { describeKinds } from './provisioning/kinds/kinds-schema.js';
import { requestableKinds } from './provisioning/kinds/kinds.js';

const DESCRIPTION = `Identities on MinIO: credentials for a home prefix, for people and for the services that act for them.

Authenticate with \`Authorization: Bearer <token>\`: a KBase token, or a service token (\`svc_…\`). Errors are problem answers (RFC 9457)
whose \`code\` is stable. Answers that hold a secret are \`no-store\`. A method that a path does not have is a 405 whose \`Allow\` names those
that it has; headers over 16 KiB are a 431.`;

/** The order in which a reader meets the operations. */
const TAGS = [
  ...['Credentials', 'Users', 'Groups', 'Sharing', 'Access', 'Provisioning', 'Data products'],
  ...['Administration', 'Operations'],
];

/** The OpenAPI document of the service. Its text comes from the docstrings of controllers and DTOs. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const base = new DocumentBuilder()
    .setTitle('minio-manager')
    .setDescription(DESCRIPTION)
    .setVersion('0.1.0')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: 'A KBase token or a service token' },
      'token',
    )
    .build();
  const kinds = requestableKinds(new DiscoveryService(app.get(ModulesContainer)));
  const document = SwaggerModule.createDocument(app, base, {
    extraModels: kinds.map(({ input }) => input),
    operationIdFactory: (controller, method) => `${controller.replace('Controller', '')}_${method}`,
  });
  describeKinds(document, kinds);
  applyRules(document);
  return { ...document, paths: inOrder(document.paths) };
}

/** Sorts the paths by the tag of their first operation; those of one tag stay as they are. */
function inOrder(paths: OpenAPIObject['paths']): OpenAPIObject['paths'] {
  const rank = (path: object): number => {
    const [first] = Object.values(path) as { tags?: string[] }[];
    const place = TAGS.indexOf(first?.tags?.[0] ?? '');
    if (place < 0) throw new Error(`${JSON.stringify(first?.tags)} is not in TAGS of openapi-document.ts`);
    return place;
  };
  return Object.fromEntries(Object.entries(paths).sort(([, a], [, b]) => rank(a) - rank(b)));
}

/** Serves the document at /openapi.json and Swagger UI at /docs. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'minio-manager',
    swaggerOptions: { persistAuthorization: false, displayRequestDuration: true },
  });
}
