import { Body, Controller, Get, Header, HttpStatus, Param, Post, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, CallerParam, type RequestContext } from '../auth/authenticated.js';
import { CREDENTIAL_PROBLEMS } from './credential-problems.js';
import { Problems } from '../common/problems/problems.decorator.js';
import { AwsCredentials } from './aws-credentials.js';
import { AwsCredentialsDto } from './dto/aws-credentials.dto.js';
import { PairDto, PairRequestDto } from './dto/pair.dto.js';
import { Pairs } from './pairs.js';
import { SessionDto, SessionRequestDto } from './dto/session.dto.js';
import { Sessions } from './sessions/sessions.js';
import { UserNamePipe } from '../auth/user-name.pipe.js';

@ApiTags('Credentials')
@Controller()
export class CredentialsController {
  constructor(
    private readonly pairs: Pairs,
    private readonly sessions: Sessions,
    private readonly aws: AwsCredentials,
  ) {}

  /**
   * Create a user, or rotate its credentials
   * @remarks The first call creates the MinIO user, its policy and its home. Later calls replace the secret key, unless `rotate` is false.
   * Concurrent calls agree on one pair: a call that waited for another call's rotation gets that pair.
   */
  @Post('users/:user')
  @Authenticated({ self: 'user', service: 'credentials', limit: 'credentials', ensuresActive: true })
  @Header('cache-control', 'no-store')
  @ApiBody({ type: PairRequestDto, required: false })
  @ApiCreatedResponse({ type: PairDto, description: 'The user was created' })
  @ApiOkResponse({ type: PairDto, description: 'The current pair' })
  @Problems(...CREDENTIAL_PROBLEMS)
  async pair(
    @Param('user', UserNamePipe) user: string,
    @Body() body: PairRequestDto,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PairDto> {
    const { rotate, revoke_sessions: revokeSessions, revoke_access_keys: revokeAccessKeys } = body;
    const pair = await this.pairs.issue(user, { rotate, revokeSessions, revokeAccessKeys }, context);
    reply.status(pair.created ? HttpStatus.CREATED : HttpStatus.OK);
    return pair;
  }

  /**
   * Open a session
   * @remarks Temporary credentials that expire by themselves. Every call mints a new, independent session and creates the user at first
   * use. Sessions survive a rotation of the pair; `DELETE` ends them all.
   */
  @Post('users/:user/sessions')
  @Authenticated({ self: 'user', service: 'credentials', limit: 'credentials', ensuresActive: true })
  @Header('cache-control', 'no-store')
  @ApiBody({ type: SessionRequestDto, required: false })
  @ApiCreatedResponse({ type: SessionDto, description: 'The session' })
  @Problems(...CREDENTIAL_PROBLEMS)
  session(
    @Param('user', UserNamePipe) user: string,
    @Body() body: SessionRequestDto,
    @CallerParam() context: RequestContext,
  ): Promise<SessionDto> {
    return this.sessions.open(user, body.duration_seconds, context);
  }

  /**
   * Credentials for AWS SDKs
   * @remarks The container-credentials response. With `AWS_CONTAINER_CREDENTIALS_FULL_URI` set to this address and
   * `AWS_CONTAINER_AUTHORIZATION_TOKEN` to the token, boto3, Spark and every other AWS SDK fetch and refresh their credentials without
   * code. Calls within seconds of each other share a session.
   */
  @Get('credentials/aws')
  @Authenticated({ person: true, limit: 'credentials', ensuresActive: true })
  @Header('cache-control', 'no-store')
  @ApiOkResponse({ type: AwsCredentialsDto, description: 'A session in the form that AWS SDKs read' })
  @Problems('unprocessable', 'reserved_name', ...CREDENTIAL_PROBLEMS)
  awsCredentials(@CallerParam() context: RequestContext): Promise<AwsCredentialsDto> {
    return this.aws.answer(context);
  }
}
