import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Nothing but the page's own files, no framing, no text that becomes code. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** What the page never uses. */
const DENIED = ['accelerometer', 'camera', 'display-capture', 'geolocation', 'gyroscope', 'magnetometer'];
const ALSO_DENIED = ['microphone', 'midi', 'payment', 'publickey-credentials-get', 'serial', 'usb'];

const HEADERS = {
  'content-security-policy': PAGE_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': [...DENIED, ...ALSO_DENIED].map((name) => `${name}=()`).join(', '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  // for browsers that do not know frame-ancestors
  'x-frame-options': 'DENY',
};

/**
 * Sets the headers of everything below /ui/, whatever is answered there. What a session or a login answers is never stored.
 * `url`: the page's own origin; at any other host there is no page, because what else is served there could ride its sessions.
 */
export function addPageHeaders(fastify: FastifyInstance, url?: string): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!isOfPage(request)) return done();
    reply.headers(HEADERS).header('cache-control', 'no-store');
    if (url === undefined || request.host === new URL(url).host) return done();
    void reply.status(421).type('text/html; charset=utf-8').send(elsewhere(url));
  });
}

/** No redirect: behind a proxy that changes the host, it would lead round in a circle. */
function elsewhere(url: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>minio-manager</title></head>
<body><p>The page is at <a href="${url}/ui/">${url}/ui/</a></p></body></html>
`;
}

/** By the route too: the same address can be written with percent signs. */
function isOfPage({ url, routeOptions }: FastifyRequest): boolean {
  const isBelow = (path: string | undefined) => path !== undefined && /^\/ui(\/|\?|$)/.test(path);
  return isBelow(url) || isBelow(routeOptions.url);
}
