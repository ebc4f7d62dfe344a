// A stand-in for the KBase auth service (auth2), for the demo and the tests: the routes that we call, strict about
// what the real one was seen to do. No dependencies, Node >= 18.
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * @typedef {{ user: string, customroles?: string[], roles?: { id: string, desc: string }[], type?: string,
 *   name?: string, expires?: number, disabled?: boolean, email?: string }} TokenEntry
 * @typedef {'hang' | 'drop' | 'stale' | number} Fault hang: never an answer; drop: cut the connection; stale: cut each connection that was used
 *   before; number: that HTTP status
 * @typedef {{ method: string, path: string, token: string | undefined }} Hit
 */

const DAY_MS = 86_400_000;
const CREATED = Date.UTC(2024, 0, 1);
const STATUS_TEXT = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

class Refusal extends Error {
  constructor(status, appcode, apperror, detail) {
    super([appcode, apperror].filter(Boolean).join(' ') + (detail ? `: ${detail}` : ''));
    Object.assign(this, { status, appcode, apperror });
  }
}

export class KbaseStub {
  /** @type {Map<string, TokenEntry>} */
  tokens = new Map();
  /** People whose accounts are disabled, or do not exist: their tokens are refused, and the list of users leaves them out. @type {Set<string>} */
  gone = new Set();
  /** Milliseconds that a valid token may be cached, as the real service says it in every answer. */
  cachefor = 300_000;
  /** @type {Hit[]} every request, in order */
  hits = [];
  /** @type {Fault | undefined} */
  fault = undefined;
  /** Tokens that no request about is ever answered. @type {((token: string | undefined) => boolean) | undefined} */
  held = undefined;
  url = '';
  #server = undefined;
  #port = 0;
  /** Connections that had an answer. */
  #used = new WeakSet();

  /** @param {{ tokens?: Record<string, TokenEntry>, cachefor?: number }} [options] */
  constructor({ tokens = {}, cachefor } = {}) {
    for (const [token, entry] of Object.entries(tokens)) this.tokens.set(token, entry);
    if (cachefor !== undefined) this.cachefor = cachefor;
  }

  /** Listens on loopback; a second start takes the same port again. @returns {Promise<this>} */
  async start(port = this.#port) {
    const server = createServer((request, response) => this.#answer(request, response));
    await new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve(undefined));
    });
    this.#server = server;
    this.#port = /** @type {import('node:net').AddressInfo} */ (server.address()).port;
    this.url = `http://127.0.0.1:${this.#port}`;
    return this;
  }

  /** @returns {Promise<void>} */
  async stop() {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  /** @param {string} token @param {TokenEntry} entry */
  setToken(token, entry) {
    this.tokens.set(token, entry);
  }

  /** @param {string} token */
  removeToken(token) {
    this.tokens.delete(token);
  }

  /** How often a route was asked for, e.g. count('/api/V2/me'); without an argument all of them. @param {string} [path] */
  count(path) {
    return path === undefined ? this.hits.length : this.hits.filter((hit) => hit.path === path).length;
  }

  #answer(request, response) {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://stub');
    const token = request.headers.authorization?.trim() || undefined;
    this.hits.push({ method: request.method ?? '', path, token });
    request.resume();
    if (this.fault === 'hang' || this.held?.(token)) return;
    const used = this.#used.has(request.socket);
    this.#used.add(request.socket);
    if (this.fault === 'drop' || (this.fault === 'stale' && used)) {
      request.socket.destroy();
      return;
    }
    const asJson = prefersJson(request.headers.accept);
    try {
      if (typeof this.fault === 'number')
        throw new Refusal(this.fault, undefined, undefined, 'the stub was told to');
      send(response, 200, this.#route(request.method, path, token, searchParams), asJson);
    } catch (error) {
      send(response, error.status ?? 500, envelope(error), asJson);
    }
  }

  #route(method, path, token, query) {
    if (!['/', '/api/V2/token', '/api/V2/me', '/api/V2/users'].includes(path)) {
      throw new Refusal(404, undefined, undefined, 'HTTP 404 Not Found');
    }
    if (method !== 'GET') throw new Refusal(405, undefined, undefined, 'HTTP 405 Method Not Allowed');
    if (path === '/') return about();
    // the list is read before the token
    const names = path === '/api/V2/users' ? namesIn(query.get('list')) : undefined;
    const entry = this.#authenticate(token);
    if (names) return this.#displayNames(names);
    return path === '/api/V2/me' ? person(entry) : this.#tokenInfo(token, entry);
  }

  /** The header is the token itself: `Bearer x` is simply no token that exists. */
  #authenticate(token) {
    if (!token) throw new Refusal(400, 10010, 'No authentication token', 'No user token provided');
    const entry = this.tokens.get(token);
    if (!entry || (entry.expires ?? Infinity) <= Date.now()) throw new Refusal(401, 10020, 'Invalid token');
    if (entry.disabled || this.gone.has(entry.user)) throw new Refusal(403, 20010, 'Account disabled');
    return entry;
  }

  /** Those of the names that somebody has who is not disabled. @param {string[]} names */
  #displayNames(names) {
    const known = new Set(
      [...this.tokens.values()].filter(({ disabled }) => !disabled).map(({ user }) => user),
    );
    const found = names.filter((name) => known.has(name) && !this.gone.has(name));
    return Object.fromEntries(found.map((name) => [name, name]));
  }

  #tokenInfo(token, entry) {
    return {
      type: entry.type ?? 'Login',
      id: uuidOf(token),
      expires: entry.expires ?? CREATED + 3650 * DAY_MS,
      created: CREATED,
      name: entry.name ?? null,
      user: entry.user,
      custom: {},
      cachefor: this.cachefor,
    };
  }
}

/** One name that no user can have fails the whole call. */
function namesIn(list) {
  if (!list?.trim()) return [];
  return list.split(',').map((each) => {
    const name = each.trim();
    if (!/^[a-z][a-z0-9_]{0,99}$/.test(name))
      throw new Refusal(400, 30010, 'Illegal user name', `Illegal user name [${each}]`);
    return name;
  });
}

function about() {
  return {
    version: '0.7.2',
    servicename: 'Authentication Service',
    servertime: Date.now(),
    gitcommithash: createHash('sha1').update('stub').digest('hex'),
  };
}

function person({ user, customroles = [], roles = [], email = `${user}@example.org` }) {
  return {
    user,
    anonid: uuidOf(`person ${user}`),
    local: false,
    display: user,
    email,
    created: CREATED,
    lastlogin: CREATED + DAY_MS,
    customroles,
    roles,
    idents: [{ provider: 'Google', provusername: email, id: createHash('md5').update(user).digest('hex') }],
    policyids: [],
  };
}

function uuidOf(text) {
  const hex = createHash('sha256').update(text).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** The real service answers with a web page unless JSON is asked for by name. */
function prefersJson(accept = '') {
  const quality = (type) => {
    const part = accept.split(',').find((item) => item.trim().toLowerCase().startsWith(type));
    return part ? Number(/;\s*q=([\d.]+)/.exec(part)?.[1] ?? 1) : 0;
  };
  return quality('application/json') > 0 && quality('application/json') >= quality('text/html');
}

function envelope({ status = 500, appcode, apperror, message }) {
  const text = message.replace(/^: /, '');
  const codes = appcode === undefined ? {} : { appcode, apperror };
  const httpstatus = STATUS_TEXT[status] ?? 'Error';
  return {
    error: {
      httpcode: status,
      httpstatus,
      ...codes,
      message: text,
      callid: randomUUID().slice(0, 16),
      time: Date.now(),
    },
  };
}

function send(response, status, body, asJson) {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': asJson ? 'application/json' : 'text/html' });
  response.end(asJson ? text : `<html><body><p>${text.replace(/</g, '&lt;')}</p></body></html>\n`);
}
