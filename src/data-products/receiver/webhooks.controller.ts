import { Controller, HttpCode, HttpStatus, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Problems } from '../../common/problems/problems.decorator.js';
import { type Receipt, Receiver } from './receiver.js';
import { DELIVERY, ReceiptDto, WebhookQuery } from './webhooks.dto.js';

type WebhookRequest = FastifyRequest & { rawBody?: string; arrivedAt: number };

@ApiTags('Data products')
@Controller()
export class WebhooksController {
  constructor(private readonly receiver: Receiver) {}

  /**
   * Take a delivery of a Data Product Portal
   * @remarks An exchange of portals up to 0.7 (signed with `Sign` where WEBHOOK_SECRET is set), or a CloudEvent of newer ones, which is never
   * signed. Answered at once; what it is about is looked at afterwards: it says where to look, never what holds. Without PORTAL_API_URL nobody
   * can be asked: then an event needs the token of WEBHOOK_TOKEN, an exchange the token or a signature, unless only programs of this machine
   * reach the service. A service that is reached by others and has none of PORTAL_API_URL, WEBHOOK_SECRET and WEBHOOK_TOKEN takes no
   * deliveries: 404. More than RATE_LIMIT_WEBHOOKS a minute are taken, too, and looked at together when the minute is over; 429 is only for
   * what is not taken anyway.
   */
  @Post(['', 'webhooks/data-product-portal'])
  @HttpCode(HttpStatus.OK)
  @ApiHeader({ name: 'Sign', required: false, description: 'HMAC-SHA512 in hex, as the portal computes it' })
  @ApiConsumes('application/json', 'application/cloudevents+json')
  @ApiBody({ required: true, schema: DELIVERY })
  @ApiOkResponse({ type: ReceiptDto, description: 'It was understood' })
  @Problems(
    'malformed_request',
    'unauthenticated',
    'not_found',
    'payload_too_large',
    'unsupported_media_type',
    'unprocessable',
  )
  @Problems('rate_limited', 'database_unavailable')
  receive(@Req() request: WebhookRequest, @Query() { token }: WebhookQuery): Promise<Receipt> {
    const sign = request.headers['sign'];
    return this.receiver.receive({
      raw: Buffer.from(request.rawBody ?? ''),
      sign: typeof sign === 'string' ? sign : undefined,
      token,
      address: request.ip,
      requestId: request.id,
      arrivedAt: request.arrivedAt,
    });
  }
}
