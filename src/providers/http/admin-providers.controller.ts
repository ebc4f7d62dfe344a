import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { Problem } from '../../common/problems/problem.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { Catalogue } from '../catalogue/catalogue.js';
import { ProviderLoads } from '../loading/provider-loads.js';
import { Registrations } from '../loading/registrations.js';
import { ProviderDto, ProviderPageDto } from './provider.dto.js';
import { PROVIDER_PARAM } from './providers.controller.js';
import { RegistrationDto } from './registration.dto.js';
import { pageByName, registeredProvider } from './views.js';

const LOADING = ['provider_invalid', 'git_error', 'busy'] as const;

@ApiTags('Providers')
@Controller('api/admin/providers')
export class AdminProvidersController {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly registrations: Registrations,
    private readonly loads: ProviderLoads,
  ) {}

  /** List the providers that you may change, with how each was registered */
  @Get()
  @Authenticated({ people: true })
  @ApiOkResponse({ type: ProviderPageDto, description: 'A page of providers' })
  @Problems('unprocessable')
  async list(@Query() page: PageQuery, @CallerParam() context: RequestContext): Promise<ProviderPageDto> {
    const owned = new Set((await this.registrations.owned(context)).map(({ name }) => name));
    const listed = await this.catalogue.list(context.caller);
    const own = listed.filter(({ row }) => owned.has(row.name));
    return pageByName(own, ({ row }) => row.name, page, registeredProvider);
  }

  /**
   * Register a provider in a Git repository, and load it
   * @remarks Owners register providers of their team, administrators any. Nothing is registered if it cannot be loaded. A commit that comes
   * later is loaded by `reload`, by a webhook of the Git server or on the schedule of PROVIDER_RELOAD_SECONDS.
   */
  @Post()
  @Authenticated({ people: true, limit: 'writes' })
  @ApiCreatedResponse({ type: ProviderDto, description: 'It was registered and loaded' })
  @Problems('name_taken', 'reserved_name', ...LOADING)
  async register(
    @Body() body: RegistrationDto,
    @CallerParam() context: RequestContext,
  ): Promise<ProviderDto> {
    const row = await this.loads.register(await this.registrations.registrationOf(body, context), context);
    return registeredProvider(await this.catalogue.find(row.name, context.caller));
  }

  /** Show a provider, with how it was registered */
  @Get(':name')
  @Authenticated({ people: true })
  @ApiParam(PROVIDER_PARAM)
  @ApiOkResponse({ type: ProviderDto, description: 'The provider' })
  @Problems('not_found')
  async show(@Param('name') name: string, @CallerParam() context: RequestContext): Promise<ProviderDto> {
    await this.registrations.ownedOne(name, context);
    return registeredProvider(await this.catalogue.find(name, context.caller));
  }

  /**
   * Load a provider again
   * @remarks Takes what its folder has, or the commit that `ref` is now. If that fails, the problem says why, `error` of the provider too,
   * and the version before stays in use.
   */
  @Post(':name/reload')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ people: true, limit: 'writes' })
  @ApiParam(PROVIDER_PARAM)
  @ApiOkResponse({ type: ProviderDto, description: 'It was loaded' })
  @Problems('not_found', 'unprocessable', ...LOADING)
  async reload(@Param('name') name: string, @CallerParam() context: RequestContext): Promise<ProviderDto> {
    await this.loads.reload(await this.registrations.ownedOne(name, context), context);
    return registeredProvider(await this.catalogue.find(name, context.caller));
  }

  /**
   * Remove a provider
   * @remarks What its workflows made stays, and runs under way go on with the version that they began with.
   */
  @Delete(':name')
  @HttpCode(HttpStatus.NO_CONTENT)
  @Authenticated({ people: true, limit: 'writes' })
  @ApiParam({ ...PROVIDER_PARAM, example: 'geo-services' })
  @ApiNoContentResponse({ description: 'There is no such provider any more' })
  @Problems('not_found', 'not_possible')
  async remove(@Param('name') name: string, @CallerParam() context: RequestContext): Promise<void> {
    const row = await this.registrations.ownedOne(name, context).catch((error: unknown) => {
      if (context.caller.admin && error instanceof Problem && error.code === 'not_found') return undefined;
      throw error;
    });
    if (row?.source === 'folder')
      throw new Problem('not_possible', 'It comes from PROVIDERS_DIR: remove its folder there, and reload');
    if (row) await this.loads.remove(name, context);
  }
}
