import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

const DESCRIPTION = `Identities on MinIO: credentials for a home prefix, for people and for the services that act for them.

Authenticate with \`Authorization: Bearer <token>\`: a KBase token, or a service token (\`svc_…\`). Errors are problem answers (RFC 9457)
whose \`code\` is stable. Answers that hold a secret are \`no-store\`.`;

/** Parameters of paths and headers mean the same wherever they stand. */
const PARAMETERS: Record<string, string> = {
  user: 'Name of the user: 1 to 100 characters of `a-z 0-9 _ . @ -`, the first a letter or digit',
  group:
    'Name of the group: 2 to 63 characters of `A-Z a-z 0-9 _ -`, the first a letter; unique whatever the case',
  'if-match': 'The ETag of the group as it was read: the change is refused (412) if it has changed since',
  id: 'Names the thing, as it was given in an earlier answer',
  access_key: 'The access key, 20 characters of `[A-Z0-9]`',
};

/** The OpenAPI document of the service; the docstrings of controllers and DTOs are its text. */
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
  const document = SwaggerModule.createDocument(app, base, {
    operationIdFactory: (controller, method) => `${controller.replace('Controller', '')}_${method}`,
  });
  describeParameters(document);
  return document;
}

function describeParameters({ paths }: OpenAPIObject): void {
  const operations = Object.values(paths).flatMap(({ get, put, post, delete: remove }) => [
    get,
    put,
    post,
    remove,
  ]);
  for (const parameter of operations.flatMap((operation) => operation?.parameters ?? [])) {
    if ('in' in parameter && parameter.in !== 'query') parameter.description ??= PARAMETERS[parameter.name];
  }
}

/** Serves the document at /openapi.json and Swagger UI at /docs. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'minio-manager',
    swaggerOptions: { persistAuthorization: false, displayRequestDuration: true },
  });
}
