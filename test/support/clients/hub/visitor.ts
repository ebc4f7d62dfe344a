import { request } from 'undici';

export interface Page {
  status: number;
  /** Where a redirect leads. */
  location: string;
  text: string;
}

/** Who may learn from the hub who a visitor is: a service, or somebody's server. */
export interface OauthClient {
  id: string;
  secret: string;
  callback: string;
}

/** A browser as far as JupyterHub needs one: cookies, forms with `_xsrf`, no redirect followed by itself. */
export class Visitor {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly url: string) {}

  get(path: string): Promise<Page> {
    return this.send('GET', path);
  }

  /** Sends a form, with the token against cross-site requests that the page before has set. */
  post(path: string, form: Record<string, string | string[]>): Promise<Page> {
    const fields = new URLSearchParams({ _xsrf: this.cookies.get('_xsrf') ?? '' });
    for (const [name, values] of Object.entries(form))
      for (const value of [values].flat()) fields.append(name, value);
    return this.send('POST', path, fields.toString());
  }

  /** Lets the hub tell a client of its OAuth who this is, and gives the token that the client gets. */
  async visit(client: OauthClient, scopes: string[] = []): Promise<string> {
    const query = new URLSearchParams({
      client_id: client.id,
      redirect_uri: client.callback,
      response_type: 'code',
    });
    const address = await this.authorize(`/hub/api/oauth2/authorize?${query.toString()}`, scopes);
    return this.token(client, address.searchParams.get('code') ?? '');
  }

  /** Agrees to what an address of the hub's OAuth asks for: where the hub leads, with a code. */
  async authorize(address: string, scopes: string[] = []): Promise<URL> {
    const { pathname, search } = new URL(address, this.url);
    const asked = await this.get(`${pathname}${search}`);
    const agreed = asked.status === 302 ? asked : await this.post(`${pathname}${search}`, { scopes });
    const led = new URL(agreed.location, this.url);
    if (!led.searchParams.has('code'))
      throw new Error(`no code: ${agreed.status} ${agreed.location} ${agreed.text}`);
    return led;
  }

  /** What the client asks for, without the visitor's cookies. */
  private async token(client: OauthClient, code: string): Promise<string> {
    const form = new URLSearchParams({
      client_id: client.id,
      client_secret: client.secret,
      grant_type: 'authorization_code',
      redirect_uri: client.callback,
      code,
    });
    const answer = await request(`${this.url}/hub/api/oauth2/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`no token: ${answer.statusCode} ${text}`);
    return JSON.parse(text).access_token;
  }

  private async send(method: 'GET' | 'POST', path: string, form?: string): Promise<Page> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers: Record<string, string> = { cookie, 'sec-fetch-mode': 'navigate' };
    if (form !== undefined) {
      headers['content-type'] = 'application/x-www-form-urlencoded';
      headers.origin = this.url;
    }
    const answer = await request(`${this.url}${path}`, { method, headers, body: form ?? null });
    for (const set of [answer.headers['set-cookie'] ?? []].flat()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (name) this.cookies.set(name, value ?? '');
    }
    const { location } = answer.headers;
    return { status: answer.statusCode, location: String(location ?? ''), text: await answer.body.text() };
  }
}
