import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { PageConfig } from '../config/parts/page.js';
import { ROOT } from '../config/root.js';
import { addPageHeaders } from './files/page-headers.js';
import { servePageFiles } from './files/page-files.js';

/** Where the build of web/ is. */
const FOLDER = join(ROOT, 'dist', 'ui');

/** Serves the page below /ui/. Call it before the application is initialized. */
export function servePage(app: NestFastifyApplication, { url }: PageConfig): void {
  const fastify = app.getHttpAdapter().getInstance();
  addPageHeaders(fastify, url);
  servePageFiles(fastify, FOLDER);
}
