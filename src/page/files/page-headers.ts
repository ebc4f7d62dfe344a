import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Nothing but the page's own files, no framing, no text that becomes code. */
const POLICY = [
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
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': [...DENIED, ...ALSO_DENIED].map((name) => `${name}=()`).join(', '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  // for browsers that do not know frame-ancestors
  'x-frame-options': 'DENY',
};

/** Sets the headers of everything below /ui/, whatever is answered there. What a session or a login answers is never stored. */
export function addPageHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (isOfPage(request)) reply.headers(HEADERS).header('cache-control', 'no-store');
    done();
  });
}

/** By the route too: the same address can be written with percent signs. */
function isOfPage({ url, routeOptions }: FastifyRequest): boolean {
  const isBelow = (path: string | undefined) => path !== undefined && /^\/ui(\/|\?|$)/.test(path);
  return isBelow(url) || isBelow(routeOptions.url);
}
