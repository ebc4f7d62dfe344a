import type { INestApplication } from '@nestjs/common';
import { DiscoveryService, ModulesContainer } from '@nestjs/core';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { describeKinds } from '../provisioning/kinds/kinds-schema.js';
import { requestableKinds } from '../provisioning/kinds/kinds.js';
import { addBodyExamples } from './examples.js';
import { sharedProblemsTable, writeProblems } from './problems.js';
import { applyRules } from './rules.js';
import { TAGS } from './tags.js';

const DESCRIPTION = `Identities on MinIO: credentials for a home prefix, for people and for the services that act for them.

**Log in** with *Authorize*: it names the tokens that are accepted and where to get one. Every example of a body works as it stands in the demo
(\`npm start\`) with the token of admin.

**Changes.** With \`?dry_run=true\` a change of access answers what it would do, and changes nothing. 202 means stored: it takes effect as soon as
MinIO is reachable. Lists have \`limit\` and \`cursor\`, which is the \`next_cursor\` of the page before.

**Errors** are problem answers (RFC 9457) whose \`code\` is stable. Each operation shows those of its own; these can come from any:

${sharedProblemsTable()}

A 405 names the methods of the path in \`Allow\`; 429 and 503 say in \`Retry-After\` when to retry. Answers that hold a secret are \`no-store\`.`;

const TOKENS = `Paste a token, without \`Bearer\`. Which kinds are accepted depends on the configuration:

* **demo**: \`npm start\` prints a token for each of its people; the one of admin may do everything;
* **KBase**: the login token of your KBase account, in a notebook \`KBASE_AUTH_TOKEN\`;
* **JupyterHub**: in a notebook \`JUPYTERHUB_API_TOKEN\`, or one from the page *Token* of the hub (\`/hub/token\`);
* **OIDC**: an access token of the configured issuer (Keycloak and others), not an ID token;
* **service**: \`svc_…\`, from an administrator: \`npm run token -- NAME --scope …\` makes one for \`SERVICE_TOKENS\`.

This page keeps it until the tab is closed.`;

/** The OpenAPI document of the service. Its text comes from the docstrings of controllers and DTOs. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('minio-manager')
    .setDescription(DESCRIPTION)
    .setVersion('0.1.0')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: TOKENS }, 'token');
  for (const { name, description } of TAGS) builder.addTag(name, description);
  const kinds = requestableKinds(new DiscoveryService(app.get(ModulesContainer)));
  const document = SwaggerModule.createDocument(app, builder.build(), {
    extraModels: kinds.map(({ input }) => input),
    operationIdFactory: (controller, method) => `${controller.replace('Controller', '')}_${method}`,
  });
  describeKinds(document, kinds);
  writeProblems(document);
  applyRules(document);
  addBodyExamples(document);
  return { ...document, paths: inOrder(document.paths) };
}

/** Sorts the paths by the tag of their first operation; those of one tag stay as they are. */
function inOrder(paths: OpenAPIObject['paths']): OpenAPIObject['paths'] {
  const rank = (path: object): number => {
    const [first] = Object.values(path) as { tags?: string[] }[];
    const place = TAGS.findIndex(({ name }) => name === first?.tags?.[0]);
    if (place < 0) throw new Error(`${JSON.stringify(first?.tags)} is not in TAGS of openapi/tags.ts`);
    return place;
  };
  return Object.fromEntries(Object.entries(paths).sort(([, a], [, b]) => rank(a) - rank(b)));
}
