import { signal } from '@preact/signals';
import { api, ask, on } from '../api/client.ts';
import type { Schema } from '../api/schema.ts';
import { toRefusal, unreachable } from '../api/refusal.ts';

/** How a person may log in here. */
export interface LoginWay {
  way: string;
  /** For a login elsewhere: the address that begins it. */
  url?: string;
  /** Of the demo. */
  people?: string[];
}

/** Who is logged in. */
export interface PageSession {
  user_name: string;
  way: string;
  fresh_until: string;
  ends_at: string;
}

interface SessionAnswer {
  session: PageSession | null;
  ways: LoginWay[];
}

/** Why a login elsewhere failed that led back here: the code of the problem. */
export const loginError = new URLSearchParams(location.search).get('login_error');

/** Undefined until the service has answered; null: nobody is logged in. */
export const session = signal<PageSession | null | undefined>(undefined);
export const ways = signal<LoginWay[]>([]);
/** The person as the API knows them; undefined while nobody is logged in. */
export const me = signal<Schema['MeDto'] | undefined>(undefined);
/** Why nothing can be shown: the service did not tell who is logged in. */
export const startProblem = signal<unknown>(undefined);

/** Asks who is logged in, and for the person. */
export async function loadSession(): Promise<void> {
  try {
    const answer = await page<SessionAnswer>('GET', 'session');
    ways.value = answer.ways;
    me.value = answer.session ? await ask(api.GET('/me')) : undefined;
    session.value = answer.session;
    startProblem.value = undefined;
  } catch (error) {
    startProblem.value = error;
  }
}

/** Logs in by a way that needs no other page. */
export async function logIn(way: 'token' | 'kbase' | 'demo', body: Record<string, string>): Promise<void> {
  await page('POST', `login/${way}`, body);
  await loadSession();
}

/** Ends the session here, and at the issuer if that is where it began. */
export async function logOut(): Promise<void> {
  const { end_session_url: elsewhere } = await page<{ end_session_url: string | null }>('POST', 'logout');
  me.value = undefined;
  session.value = null;
  if (elsewhere) location.assign(elsewhere);
}

/** The address that begins a login elsewhere and leads back to `returnTo`. */
export function loginAddress(url: string, returnTo: string, again = false): string {
  const query = new URLSearchParams({ return_to: returnTo, ...(again ? { again: 'true' } : {}) });
  return `${url}?${query.toString()}`;
}

// A session that ended while the page was open: the person logs in again and finds the same address.
on.loggedOut = () => {
  if (!session.value) return;
  me.value = undefined;
  session.value = null;
};

/** The few requests that only the page makes. */
async function page<T>(method: 'GET' | 'POST', path: string, body?: Record<string, string>): Promise<T> {
  const headers = { 'X-Lake': '1', ...(method === 'POST' ? { 'content-type': 'application/json' } : {}) };
  const init =
    method === 'POST' ? { method, headers, body: JSON.stringify(body ?? {}) } : { method, headers };
  const response = await fetch(`/ui/api/${path}`, init).catch(() => {
    throw unreachable();
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw toRefusal(response.status, answer);
  return answer as T;
}
