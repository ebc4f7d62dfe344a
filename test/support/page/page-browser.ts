import type { Answer, RequestOptions, Service } from '../service/service.js';

/** What a browser sends by itself with the requests of a page to its own host. */
export const OF_THE_PAGE = { 'x-lake': '1', 'sec-fetch-site': 'same-origin' };

/** One person's browser as far as cookies go: it keeps what it is told, and sends all of it. */
export class PageBrowser {
  readonly cookies = new Map<string, string>();
  /** Every Set-Cookie so far, as it was sent. */
  readonly told: string[] = [];

  /** `host`: the name by which the service is asked. */
  constructor(
    private readonly service: () => Service,
    private readonly host?: string,
  ) {}

  /** A request that the page itself sends. */
  get(path: string, options: RequestOptions = {}): Promise<Answer> {
    return this.request('GET', path, options);
  }

  post(path: string, body: unknown = {}, options: RequestOptions = {}): Promise<Answer> {
    return this.request('POST', path, { body, ...options });
  }

  delete(path: string): Promise<Answer> {
    return this.request('DELETE', path);
  }

  request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    return this.send(method, path, { ...options, headers: { ...OF_THE_PAGE, ...options.headers } });
  }

  /** A request with exactly these headers besides the cookies: what other pages can make the browser send. */
  async send(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const host: Record<string, string> = this.host ? { host: this.host } : {};
    const headers = { ...host, ...(cookie ? { cookie } : {}), ...options.headers };
    const answer = await this.service().request(method, path, { ...options, headers });
    for (const each of answer.setCookies ?? []) this.keep(each);
    return answer;
  }

  login(token: string): Promise<Answer> {
    return this.post('/ui/api/login/token', { token });
  }

  get sessionId(): string {
    return this.cookies.get('__Host-lake') ?? '';
  }

  /** The name of who is logged in. */
  async who(): Promise<string | null> {
    return (await this.get('/ui/api/session')).body.session?.user_name ?? null;
  }

  private keep(text: string): void {
    this.told.push(text);
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
    if (/; Max-Age=0\b/i.test(text)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
