import createClient, { type Middleware } from 'openapi-fetch';
import type { paths } from '../../generated/api.d.ts';
import { toRefusal, unreachable } from './refusal.ts';

/** What to do when an answer tells that nobody is logged in (any more), or that the last login is too long ago for what was asked. */
export const on = {
  loggedOut: (): void => undefined,
  loginTooOld: (): void => undefined,
};

const watch: Middleware = {
  onResponse: ({ response }) => {
    if (response.status === 401) on.loggedOut();
  },
  onError: () => unreachable(),
};

/**
 * The API, typed from its OpenAPI document. The header makes the session's cookie count: a page of another origin cannot send it
 * without asking first.
 */
export const api = createClient<paths>({
  baseUrl: location.origin,
  credentials: 'same-origin',
  headers: { 'X-Lake': '1' },
});
api.use(watch);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of the answer; throws a {@link Refusal} for every other answer. */
export async function ask<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  const refusal = toRefusal(response.status, error, response.headers.get('location'));
  if (refusal.code === 'login_required_again') on.loginTooOld();
  throw refusal;
}

export { refusalOf } from './refusal.ts';
