import type { ClientEnvironment } from '../../config/client-environment.js';
import { CtlError, EXIT, usage } from '../exit-codes.js';
import { problemOf, Refusal } from './problems.js';

/** How long one answer may take, in milliseconds. */
const TIMEOUT_MS = 60_000;
/** The most that the service gives at once. */
const PAGE = 500;

/** A successful answer. */
export interface Answer {
  status: number;
  body: unknown;
}

/** One event of a stream. */
export interface StreamEvent {
  id: string | undefined;
  event: string;
  data: string;
}

/** Requests to the service with the caller's token. Throws a {@link Refusal} for a problem, a {@link CtlError} if there is no answer. */
export class Client {
  private readonly url: string;
  private readonly token: string;

  constructor({ url, token }: ClientEnvironment) {
    if (url === undefined) throw usage('Set MINIO_MANAGER_URL to the address of the service');
    if (token === undefined)
      throw usage('Set MINIO_MANAGER_TOKEN or MINIO_MANAGER_TOKEN_FILE: the token is never an argument');
    this.url = url;
    this.token = token;
  }

  async get<T = unknown>(path: string): Promise<T> {
    return (await this.request('GET', path)).body as T;
  }

  async post<T = unknown>(path: string, body?: object, headers: Record<string, string> = {}): Promise<T> {
    return (await this.request('POST', path, body, headers)).body as T;
  }

  async delete(path: string): Promise<Answer> {
    return this.request('DELETE', path);
  }

  /** Every item of a list, or the first `most`. */
  async list<T = unknown>(
    path: string,
    query: Record<string, string | undefined> = {},
    most = Infinity,
  ): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | null | undefined; cursor !== null && items.length < most;) {
      const given = Object.entries({ ...query, cursor, limit: String(Math.min(most - items.length, PAGE)) });
      const known = given.filter((each): each is [string, string] => typeof each[1] === 'string');
      const page = await this.get<{ items: T[]; next_cursor: string | null }>(
        `${path}?${new URLSearchParams(known).toString()}`,
      );
      items.push(...page.items);
      cursor = page.next_cursor ?? null;
    }
    return items;
  }

  /** The events of a stream, until it ends. */
  async *stream(path: string, after: string | undefined): AsyncGenerator<StreamEvent> {
    const headers = {
      accept: 'text/event-stream',
      ...(after === undefined ? {} : { 'last-event-id': after }),
    };
    const answer = await this.send('GET', path, { headers });
    if (!answer.ok) throw await refusalOf(answer);
    let text = '';
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = `${text}${chunk}`.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = eventOf(block);
        if (event) yield event;
      }
    }
  }

  private async request(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await this.send(method, path, { ...content, headers: { ...type, ...headers }, signal });
    if (!answer.ok) throw await refusalOf(answer);
    return { status: answer.status, body: await jsonOf(answer) };
  }

  private async send(
    method: string,
    path: string,
    init: RequestInit & { headers: Record<string, string> },
  ): Promise<Response> {
    try {
      const headers = { ...init.headers, authorization: `Bearer ${this.token}` };
      // a token is for this address alone
      return await fetch(`${this.url}${path}`, { ...init, method, headers, redirect: 'error' });
    } catch (error) {
      throw new CtlError(`${this.url} does not answer (${reasonOf(error)})`, EXIT.failed);
    }
  }
}

async function refusalOf(answer: Response): Promise<Refusal> {
  const requestId = answer.headers.get('x-request-id') ?? undefined;
  const problem = problemOf(answer.status, await jsonOf(answer), requestId);
  return new Refusal(problem, answer.headers.get('location') ?? undefined);
}

async function jsonOf(answer: Response): Promise<unknown> {
  const text = await answer.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: string; message?: string }; name?: string };
  return cause?.code ?? cause?.message ?? name ?? 'unknown';
}

function eventOf(block: string): StreamEvent | undefined {
  const fields = block.split('\n').flatMap((line) => {
    const at = line.indexOf(':');
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1).replace(/^ /, '')] as const] : [];
  });
  const of = (name: string) => fields.filter(([each]) => each === name).map(([, value]) => value);
  const data = of('data');
  return data.length === 0
    ? undefined
    : { id: of('id')[0], event: of('event')[0] ?? 'message', data: data.join('\n') };
}
