import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { noSuch } from '../../common/problems/problem.js';
import { ProblemFilter } from '../../common/problems/problem.filter.js';

/** Segments of letters, digits and `_ - .`, none of which begins with a dot. */
const FILE = /^([\w-][\w.-]*\/)*[\w-][\w.-]*$/;
/** Vite puts a hash of the content into the names of what is in this folder. */
const HASHED = /^assets\/.*-[\w-]{8,}\.\w+$/;
const YEAR = 'public, max-age=31536000, immutable';
/** Kept by the browser, but asked about each time. */
const ASKED_ABOUT = 'no-cache';

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>minio-manager</title></head>
<body><h1>The page is not built</h1>
<p><code>npm run build</code> builds it, in the folder of the project. The API is there: <a href="../docs">its own page</a>.</p>
</body></html>
`;

const problems = new ProblemFilter();

/**
 * Serves the built page from a folder: files as they are, and index.html for every other address without a dot, so that each address of the
 * page can be opened and kept.
 */
export function servePageFiles(fastify: FastifyInstance, folder: string): void {
  void fastify.register(fastifyStatic, { root: folder, serve: false, suppressWarning: true });
  fastify.get('/ui', (_request, reply) => reply.redirect('ui/', 302));
  fastify.get('/ui/', (_request, reply) => sendIndex(folder, reply));
  fastify.get('/ui/*', (request, reply) => answer(folder, request, reply));
}

async function answer(folder: string, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { '*': path = '' } = request.params as { '*'?: string };
  if (FILE.test(path) && (await isFile(folder, path))) {
    const kept = path === 'index.html' || !HASHED.test(path) ? ASKED_ABOUT : YEAR;
    return send(folder, path, reply.header('cache-control', kept));
  }
  const last = path.split('/').at(-1) ?? '';
  if (path.startsWith('api/') || last.includes('.') || /[^\x21-\x7e]/.test(path)) {
    problems.send(noSuch('file of the page'), request, reply);
    return reply;
  }
  return sendIndex(folder, reply);
}

async function sendIndex(folder: string, reply: FastifyReply): Promise<unknown> {
  reply.header('cache-control', ASKED_ABOUT);
  if (await isFile(folder, 'index.html')) return send(folder, 'index.html', reply);
  return reply.status(404).type('text/html; charset=utf-8').send(NOT_BUILT);
}

function send(folder: string, path: string, reply: FastifyReply): FastifyReply {
  return reply.sendFile(path, folder, { cacheControl: false });
}

async function isFile(folder: string, path: string): Promise<boolean> {
  return stat(join(folder, path)).then(
    (found) => found.isFile(),
    () => false,
  );
}
