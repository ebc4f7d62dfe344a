import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppConfig } from '../config/app-config.js';
import { ROOT } from '../config/root.js';
import { addPageHeaders } from './files/page-headers.js';
import { servePageFiles } from './files/page-files.js';

/** Where the build of web/ is. */
const FOLDER = join(ROOT, 'dist', 'ui');

/** Whether the page has been built, so that there is something to serve. */
export function isPageBuilt(): boolean {
  return existsSync(join(FOLDER, 'index.html'));
}

/** Serves the page below /ui/, if there is one. Call it before the application is initialized. */
export function servePage(app: NestFastifyApplication, { page, jupyterhub }: AppConfig): void {
  if (!page) return;
  const fastify = app.getHttpAdapter().getInstance();
  addPageHeaders(fastify, page.url);
  servePageFiles(fastify, FOLDER);
  if (page.url !== undefined && jupyterhub?.client) leadFromHub(fastify, page.url);
}

/**
 * Where the hub's menu of services leads. The hub's proxy forwards it from the hub's own host, where the page must not be, so whatever is
 * asked for there, the browser is sent to the page's own host.
 */
function leadFromHub(fastify: FastifyInstance, url: string): void {
  fastify.get('/services/*', (_request, reply) => reply.redirect(`${url}/ui/login/jupyterhub`, 302));
}
