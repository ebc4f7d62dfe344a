import { SwaggerModule } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { onRequestHookHandler } from 'fastify';
import { openApiDocument } from './document.js';
import { keepTokenPlugin, searchBoxPlugin, searchPlugin, shortResponsesPlugin } from './page-plugins.js';

/** Serves the document at /openapi.json and Swagger UI at /docs. `pageOfPeople`: where whoever opens the service in a browser is led. */
export function serveOpenApi(app: NestFastifyApplication, pageOfPeople: string): void {
  app.getHttpAdapter().getInstance().addHook('onRequest', leadPeopleTo(pageOfPeople));
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'minio-manager',
    customCss: '.swagger-ui .response-col_description p { margin: 0 0 .5em }',
    swaggerOptions: {
      // without the bar for another document's address
      layout: 'BaseLayout',
      docExpansion: 'none',
      filter: true,
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
      plugins: [keepTokenPlugin, searchPlugin, searchBoxPlugin, shortResponsesPlugin],
    },
  });
}

/** Browsers ask for text/html by name; programs get the answer of the API. A proxy may add a path before ours, so the address is relative. */
function leadPeopleTo(page: string): onRequestHookHandler {
  return ({ method, url, headers }, reply, done) => {
    const opened = /^\/(\?|$)/.test(url) && (method === 'GET' || method === 'HEAD');
    if (!opened || !/\btext\/html\b/.test(headers.accept ?? '')) return done();
    void reply.header('vary', 'accept').redirect(page, 302);
  };
}
