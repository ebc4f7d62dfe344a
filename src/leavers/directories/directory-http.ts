import type { AxiosResponse } from 'axios';
import { type AuthCall, AuthHttp, authUnavailable } from '../../auth/authenticators/auth-http.js';

/** Requests to one directory about people. Throws `auth_unavailable` for every answer but 200. */
export class DirectoryHttp extends AuthHttp {
  /** `service` is its name in error messages, `credential` the variable of the token that it gets. */
  constructor(
    url: string,
    service: string,
    private readonly credential: string,
  ) {
    super(url, service);
  }

  protected override async answer(call: AuthCall): Promise<AxiosResponse<unknown>> {
    const answer = await super.answer(call);
    const { status } = answer;
    if (status === 200) return answer;
    if (status === 401 || status === 403)
      throw authUnavailable(`${this.service} refuses the look-up (${status}): see ${this.credential}`);
    throw authUnavailable(`${this.service} answered ${status}`);
  }
}
