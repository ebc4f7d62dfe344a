import type { Secret } from '../../common/secret.js';
import { DirectoryHttp } from './directory-http.js';
import type { LookUp, Verdict } from './look-up.js';

const SERVICE = 'The KBase auth service';
/** Names of one call: they stand in the address, and may have 100 characters each. */
const AT_ONCE = 50;

/**
 * The KBase auth service (auth2, `GET /api/V2/users?list=`): the display names of those who exist and are not disabled. Any valid token may
 * ask. One name that is not KBase's makes it refuse the whole call.
 */
export class KBaseLookUp implements LookUp {
  readonly directory = 'kbase';
  readonly #http: DirectoryHttp;

  constructor(
    url: string,
    private readonly token: Secret,
  ) {
    this.#http = new DirectoryHttp(url, SERVICE, 'KBASE_LOOKUP_TOKEN');
  }

  async verdictsOn(names: readonly string[]): Promise<Map<string, Verdict>> {
    const verdicts = new Map<string, Verdict>();
    for (let first = 0; first < names.length; first += AT_ONCE) {
      const asked = names.slice(first, first + AT_ONCE);
      const answer = await this.#http.get(`/api/V2/users?list=${asked.join(',')}`, this.token.reveal());
      const found = this.#http.fieldsOf(answer);
      if (Array.isArray(found)) throw this.#http.unreadable();
      for (const name of asked) verdicts.set(name, Object.hasOwn(found, name) ? 'present' : 'absent');
    }
    return verdicts;
  }
}
