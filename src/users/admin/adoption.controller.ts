import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { Adoption } from '../adoption.js';
import { RemainingAccess } from '../remaining-access.js';
import { AdoptionDto, AdoptionRequestDto } from './admin-user.dto.js';

@ApiTags('Administration')
@Controller('admin')
export class AdoptionController {
  constructor(
    private readonly adoption: Adoption,
    private readonly remaining: RemainingAccess,
  ) {}

  /**
   * Take over existing MinIO users
   * @remarks Each gets this service's policy and a new secret key: its old one stops. Policies attached by others stay attached, and the answer shows them; grants are read
   * back from documents of this service where the owners of the paths are known here or named, too.
   */
  @Post('adopt')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ limit: 'writes' })
  @ApiOkResponse({ type: AdoptionDto, description: 'What became of each name' })
  @Problems(
    'payload_too_large',
    'unsupported_media_type',
    'unprocessable',
    'storage_error',
    'storage_unavailable',
    'busy',
  )
  async adopt(
    @Body() body: AdoptionRequestDto,
    @CallerParam() context: RequestContext,
  ): Promise<AdoptionDto> {
    return { results: await this.remaining.complete(await this.adoption.adopt(body.users, context)) };
  }
}
