import { Controller, Header, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { whenAnswered } from '../../common/http/answer-end.js';
import { IdParam } from '../../common/http/id-param.js';
import { CREDENTIAL_PROBLEMS } from '../../credentials/credential-problems.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { IssuedAccessKeyDto } from '../../credentials/dto/access-key.dto.js';
import { KeyClaims } from './key-claims.js';

@ApiTags('Provisioning')
@Controller('provisions')
export class KeyClaimsController {
  constructor(private readonly claims: KeyClaims) {}

  /** Claim the provisioned access key: its secret is shown only once. For its user and administrators */
  @Post(':id/claim')
  @Authenticated({ people: true, limit: 'credentials' })
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'Provisions_claim' })
  @ApiCreatedResponse({ type: IssuedAccessKeyDto, description: 'A new access key' })
  @Problems('not_found', 'not_possible', 'claimed', 'too_many_access_keys', ...CREDENTIAL_PROBLEMS)
  claim(
    @IdParam('id', 'provision') id: string,
    @CallerParam() context: RequestContext,
    @Res({ passthrough: true }) { raw }: FastifyReply,
  ): Promise<IssuedAccessKeyDto> {
    return this.claims.claim(id, context, (ended) => whenAnswered(raw, ended));
  }
}
