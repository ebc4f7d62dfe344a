import { authUnavailable } from '../../auth/authenticators/auth-http.js';
import type { Secret } from '../../common/secret.js';
import { DirectoryHttp } from './directory-http.js';
import type { LookUp, Verdict } from './look-up.js';

const SERVICE = 'JupyterHub';
const PAGE = 100;
/** With this the hub says how many users it has, and where the next page begins. */
const PAGES = 'application/jupyterhub-pagination+json';

/** The users of a JupyterHub (`GET /users`, by a token with the scope `list:users`). */
export class HubLookUp implements LookUp {
  readonly directory = 'hub';
  readonly #http: DirectoryHttp;

  constructor(
    url: string,
    private readonly token: Secret,
  ) {
    this.#http = new DirectoryHttp(url, SERVICE, 'JUPYTERHUB_API_TOKEN');
  }

  async verdictsOn(names: readonly string[]): Promise<Map<string, Verdict>> {
    const users = await this.all();
    return new Map(names.map((name) => [name, users.has(name) ? 'present' : 'absent']));
  }

  private async all(): Promise<Set<string>> {
    const users = new Set<string>();
    for (let offset = 0; ; offset += PAGE) {
      const { names, total } = await this.page(offset);
      for (const name of names) users.add(name);
      if (users.size >= total) return users;
      // also when somebody was removed meanwhile: the next round reads all again
      if (names.length === 0) throw authUnavailable(`${SERVICE} listed ${users.size} of ${total} users`);
    }
  }

  private async page(offset: number): Promise<{ names: string[]; total: number }> {
    const path = `/users?offset=${offset}&limit=${PAGE}`;
    const answer = await this.#http.get(path, `token ${this.token.reveal()}`, PAGES);
    const { items, _pagination: pagination } = this.#http.fieldsOf(answer);
    const { total } = (pagination ?? {}) as { total?: unknown };
    if (!Array.isArray(items) || typeof total !== 'number') throw this.#http.unreadable();
    const names = items.map((item: unknown) => (item as { name?: unknown } | null)?.name);
    if (!names.every((name) => typeof name === 'string')) throw this.#http.unreadable();
    return { names, total };
  }
}
