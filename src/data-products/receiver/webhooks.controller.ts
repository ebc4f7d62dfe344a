import { Controller, HttpCode, HttpStatus, Post, Query, type RawBodyRequest, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Problems } from '../../common/problems/problems.decorator.js';
import type { Receipt } from './intake.js';
import { Receiver } from './receiver.js';
import { DELIVERY, DELIVERY_EXAMPLES, ReceiptDto, WebhookQuery } from './webhooks.dto.js';

type WebhookRequest = RawBodyRequest<FastifyRequest & { arrivedAt: number }>;

@ApiTags('Portal webhooks')
@Controller()
export class WebhooksController {
  constructor(private readonly receiver: Receiver) {}

  /**
   * Receive a delivery from a Data Product Portal
   * @remarks An exchange from portals up to 0.7 (signed with `Sign` if WEBHOOK_SECRET is set), or a CloudEvent from newer ones, which is
   * never signed. The answer is immediate; the products that it names are reconciled afterwards: a delivery says what to check, never what
   * is true. Without PORTAL_API_URL there is no portal to ask: then an event needs the token of WEBHOOK_TOKEN, and an exchange needs the
   * token or a signature, unless the service is reachable only from this machine. A service that is reachable from other machines and has
   * none of PORTAL_API_URL, WEBHOOK_SECRET and WEBHOOK_TOKEN accepts no deliveries: 404. Deliveries above RATE_LIMIT_WEBHOOKS per minute
   * are accepted, too, and handled together at the end of the minute; 429 is only for deliveries that are rejected anyway.
   */
  @Post(['', 'webhooks/data-product-portal'])
  @HttpCode(HttpStatus.OK)
  @ApiHeader({
    name: 'Sign',
    required: false,
    description: 'HMAC-SHA512 in hex, as the portal computes it',
    example: '6a1f61b39041c3435eccb5f252ec1c88…',
  })
  @ApiConsumes('application/json', 'application/cloudevents+json')
  @ApiBody({ required: true, schema: DELIVERY, examples: DELIVERY_EXAMPLES })
  @ApiOkResponse({ type: ReceiptDto, description: 'The delivery was understood' })
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
      raw: request.rawBody ?? Buffer.alloc(0),
      sign: typeof sign === 'string' ? sign : undefined,
      token,
      address: request.ip,
      requestId: request.id,
      arrivedAt: request.arrivedAt,
    });
  }
}
