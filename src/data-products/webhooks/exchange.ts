import { isObject, type JsonObject, malformed, type Parsed, parseJson } from './json.js';

/** A v1 webhook (portal up to 0.7.0): one request with the portal's answer, successful or not. */
export interface Exchange {
  form: 'exchange';
  /** In upper case. */
  method: string;
  /** The path as the portal's client sent it, without the query. */
  path: string;
  /** The status of the portal's answer; undefined if the sender omits it, which means success. */
  status: number | undefined;
  /** The request's body, which stock portals never send. Undefined unless it is a JSON object. */
  request: JsonObject | undefined;
  /** The answer's body, which stock portals send only for POST. Undefined unless it is a JSON object. */
  response: JsonObject | undefined;
}

const METHOD = /^[A-Za-z]{1,20}$/;

/**
 * Reads the message of a v1 webhook: `method, url, query?, response?, status_code?, request?`. Unknown fields are ignored. `request` and
 * `response` are JSON in a string (also `""` and `"null"`), or the JSON object itself.
 */
export function parseExchange(message: JsonObject): Parsed<Exchange> {
  const { method, url, status_code: status, request, response } = message;
  if (typeof method !== 'string' || !METHOD.test(method))
    return malformed('method', 'must be the name of an HTTP method');
  if (typeof url !== 'string' || url === '') return malformed('url', 'must be a path');
  if (!isStatus(status)) return malformed('status_code', 'must be an integer from 100 to 599');
  for (const [field, body] of Object.entries({ request, response })) {
    if (body !== undefined && body !== null && typeof body !== 'string' && !isObject(body))
      return malformed(field, 'must be a JSON string or an object');
  }
  const value: Exchange = {
    form: 'exchange',
    method: method.toUpperCase(),
    path: url.replace(/[?#].*$/s, ''),
    status: status ?? undefined,
    request: bodyOf(request),
    response: bodyOf(response),
  };
  return { ok: true, value };
}

function isStatus(value: unknown): value is number | null | undefined {
  if (value === undefined || value === null) return true;
  return Number.isInteger(value) && (value as number) >= 100 && (value as number) <= 599;
}

function bodyOf(value: unknown): JsonObject | undefined {
  const body = typeof value === 'string' ? parseJson(value) : value;
  return isObject(body) ? body : undefined;
}
