import { Controller, Get, Header, Headers, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { requireUserName } from '../../auth/user-name.pipe.js';
import { AppConfig } from '../../config/app-config.js';
import { Pairs } from '../../credentials/pairs.js';
import { Kbase } from '../kbase-route.js';
import { Polaris, type PolarisClient } from '../polaris/polaris.js';

/** The caller's pair. With a Polaris service, also under the names of the clients that use one, and the Polaris client. */
interface KbaseCredentials extends Partial<PolarisClient> {
  username: string;
  access_key: string;
  secret_key: string;
  s3_access_key?: string;
  s3_secret_key?: string;
}

/** `/credentials`. */
@Controller('credentials')
export class KbaseCredentialsController {
  constructor(
    private readonly pairs: Pairs,
    private readonly polaris: Polaris,
    private readonly config: AppConfig,
  ) {}

  /** The current pair; the first call creates the user. */
  @Get()
  @Kbase({ person: true, limit: 'credentials', ensuresActive: true })
  @Header('cache-control', 'no-store')
  current(
    @CallerParam() context: RequestContext,
    @Headers('authorization') authorization: string,
  ): Promise<KbaseCredentials> {
    return this.issue(context, authorization, false);
  }

  /** A new pair; the earlier one no longer works. */
  @Post('rotate')
  @HttpCode(HttpStatus.OK)
  @Kbase({ person: true, limit: 'credentials', ensuresActive: true })
  @Header('cache-control', 'no-store')
  rotate(
    @CallerParam() context: RequestContext,
    @Headers('authorization') authorization: string,
  ): Promise<KbaseCredentials> {
    return this.issue(context, authorization, true);
  }

  private async issue(
    context: RequestContext,
    authorization: string,
    rotate: boolean,
  ): Promise<KbaseCredentials> {
    const user = requireUserName(context.name, this.config);
    const spec = { rotate, revokeSessions: false, revokeAccessKeys: false };
    const { user_name: username, access_key, secret_key } = await this.pairs.issue(user, spec, context);
    const pair = { username, access_key, secret_key };
    if (!this.polaris.isConfigured) return pair;
    const client = await this.polaris.clientOf(user, { authorization, requestId: context.requestId, rotate });
    return { ...pair, s3_access_key: access_key, s3_secret_key: secret_key, ...client };
  }
}
