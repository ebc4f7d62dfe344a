import { Controller, HttpCode, HttpStatus, Post, type RawBodyRequest, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Problems } from '../../common/problems/problems.decorator.js';
import { GitWebhook } from '../reloads/git-webhook.js';
import { GIT_DELIVERY, GIT_DELIVERY_EXAMPLES, GitReceiptDto } from './git-webhook.dto.js';

/** A push of many commits is large. */
const MAX_BYTES = 1024 * 1024;

@ApiTags('Providers')
@Controller('webhooks/git')
export class GitWebhookController {
  constructor(private readonly webhook: GitWebhook) {}

  /**
   * Receive a push from a Git server
   * @remarks Signed with PROVIDER_WEBHOOK_SECRET as GitHub, Gitea, Forgejo and Gogs do it, the HMAC-SHA256 of the body; GitLab sends the secret
   * itself in `X-Gitlab-Token`. Without that setting: 404. Providers of that repository, and of the branch or tag, are loaded again a moment
   * later, once for all pushes that come until then: the repository is asked, what the delivery says is not trusted. Those with a `pin` do
   * not move.
   */
  @Post()
  @HttpCode(HttpStatus.OK)
  @RouteConfig({ maxBodyBytes: MAX_BYTES })
  @ApiHeader({
    name: 'X-Hub-Signature-256',
    required: false,
    description:
      '`sha256=` and the HMAC-SHA256 of the body in hex; `X-Gitea-Signature` has it without `sha256=`',
    example: 'sha256=6a1f61b39041c3435eccb5f252ec1c88…',
  })
  @ApiBody({ required: true, schema: GIT_DELIVERY, examples: GIT_DELIVERY_EXAMPLES })
  @ApiOkResponse({ type: GitReceiptDto, description: 'The delivery was understood' })
  @Problems(
    'malformed_request',
    'unauthenticated',
    'not_found',
    'payload_too_large',
    'unsupported_media_type',
  )
  @Problems('rate_limited', 'database_unavailable')
  receive(@Req() request: RawBodyRequest<FastifyRequest>): Promise<GitReceiptDto> {
    const { rawBody = Buffer.alloc(0), body, headers, ip: address, id: requestId } = request;
    return this.webhook.receive({ raw: rawBody, body, headers, address, requestId });
  }
}
