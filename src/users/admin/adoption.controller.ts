import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { Adoption } from '../adoption.js';
import { RemainingAccess } from '../remaining-access.js';
import { AdoptionDto, AdoptionRequestDto } from './admin-user.dto.js';

@ApiTags('Users')
@Controller('admin')
export class AdoptionController {
  constructor(
    private readonly adoption: Adoption,
    private readonly remaining: RemainingAccess,
  ) {}

  /**
   * Adopt existing MinIO users
   * @remarks Each user gets this service's policy and a new secret key, which replaces the old one. Foreign policies stay attached, and the
   * response lists them. Grants are restored from documents of this service if the owners of the paths are known here or also named.
   */
  @Post('adopt')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ limit: 'writes' })
  @ApiOkResponse({ type: AdoptionDto, description: 'The result for each name' })
  @Problems('storage_error', 'storage_unavailable', 'busy')
  async adopt(
    @Body() body: AdoptionRequestDto,
    @CallerParam() context: RequestContext,
  ): Promise<AdoptionDto> {
    return { results: await this.remaining.complete(await this.adoption.adopt(body.users, context)) };
  }
}
