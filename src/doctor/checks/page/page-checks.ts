import { Injectable } from '@nestjs/common';
import { AuthHttp } from '../../../auth/authenticators/auth-http.js';
import { AppConfig } from '../../../config/app-config.js';
import { PAGE_POLICY } from '../../../page/files/page-headers.js';
import { isPageBuilt } from '../../../page/serve-page.js';
import { type Finding, notConfigured, ok } from '../check.js';
import { LoginTrials, type Trouble } from './login-trials.js';

const NO_URL =
  'Set PAGE_URL to a host where nothing else is served: whatever else is at the host of the page can act for who is logged in there';
const PROXY =
  'Let the proxy pass Host on, or set TRUST_PROXY and let it send X-Forwarded-Host; docs/page.md has the details';

/** The page: whether it is there, at its own address, and whether people can log in. */
@Injectable()
export class PageChecks {
  constructor(
    private readonly config: AppConfig,
    private readonly logins: LoginTrials,
  ) {}

  async page(): Promise<Finding> {
    const { page, http } = this.config;
    if (!page) return notConfigured('Not configured (PAGE)');
    if (!isPageBuilt())
      return failed({ detail: 'The page is not built', remedy: 'Run npm run build, or set PAGE=false' });
    if (page.url === undefined)
      return http.local
        ? ok('The page is at /ui/, on this machine only')
        : { verdict: 'warning', detail: 'The page is at every address of the service', remedy: NO_URL };
    const [oidc, hub, address] = await Promise.all([
      this.logins.oidcTrouble(),
      this.logins.hubTrouble(),
      seenAt(page.url),
    ]);
    const trouble = oidc ?? hub;
    if (trouble) return failed(trouble);
    return address;
  }
}

function failed(trouble: Trouble): Finding {
  return { verdict: 'failed', ...trouble };
}

/** The page as browsers get it. From here its address may lead nowhere, which says nothing about them. */
async function seenAt(url: string): Promise<Finding> {
  const answer = await new AuthHttp(url, 'The page')
    .get('/ui/', undefined, 'text/html')
    .catch(() => undefined);
  if (!answer) return ok(`The page is at ${url}/ui/, which does not answer this service itself`);
  const { status, headers } = answer;
  if (status !== 200)
    return failed({ detail: `${url}/ui/ answers ${status}, not with the page`, remedy: PROXY });
  if (headers['content-security-policy'] !== PAGE_POLICY)
    return {
      verdict: 'warning',
      detail: `${url}/ui/ answers without the page's own Content-Security-Policy`,
      remedy: 'Let the proxy pass the headers of the page on as they are',
    };
  return ok(`The page is at ${url}/ui/`);
}
