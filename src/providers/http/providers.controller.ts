import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { Problem } from '../../common/problems/problem.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import type { Files, Finding } from '../../documents/model.js';
import { readProvider } from '../../documents/providers/read-provider.js';
import { Catalogue } from '../catalogue/catalogue.js';
import { CollectedFiles } from '../sources/collected-files.js';
import { SourceError } from '../sources/source-error.js';
import { ProviderDto, ProviderPageDto, ProviderStatsDto, ValidationDto } from './provider.dto.js';
import { ValidateDto } from './registration.dto.js';
import { pageByName, shownProvider } from './views.js';

/** The path parameter of one provider. */
export const PROVIDER_PARAM = {
  name: 'name',
  description: 'The name; `team/name` of a team’s provider is written `team%2Fname`',
  example: 'storage-team',
} as const;

@ApiTags('Providers')
@Controller('api/providers')
export class ProvidersController {
  constructor(private readonly catalogue: Catalogue) {}

  /**
   * List providers
   * @remarks Everybody sees the providers of the platform, and members of a team its own. For others, those of a team do not exist.
   */
  @Get()
  @Authenticated({ people: true })
  @ApiOkResponse({ type: ProviderPageDto, description: 'A page of providers' })
  @Problems('unprocessable')
  async list(@Query() page: PageQuery, @CallerParam() { caller }: RequestContext): Promise<ProviderPageDto> {
    return pageByName(await this.catalogue.list(caller), ({ row }) => row.name, page, shownProvider);
  }

  /** Count providers and what they offer */
  @Get('stats')
  @Authenticated({ people: true })
  @ApiOkResponse({ type: ProviderStatsDto, description: 'The numbers' })
  async stats(@CallerParam() { caller }: RequestContext): Promise<ProviderStatsDto> {
    const listed = await this.catalogue.list(caller);
    const providers = listed.flatMap(({ current }) => current?.provider ?? []);
    const workflows = providers.flatMap((provider) => provider.workflows);
    return {
      providers: listed.length,
      failed: listed.filter(({ row }) => row.status === 'failed').length,
      workflows: workflows.length,
      golden_paths: workflows.filter(({ category }) => category === 'goldenpath').length,
      resource_types: new Set(providers.flatMap((each) => each.resourceTypes.map(({ type }) => type))).size,
    };
  }

  /** Show a provider, its workflows and how its last load ended */
  @Get(':name')
  @Authenticated({ people: true })
  @ApiParam(PROVIDER_PARAM)
  @ApiOkResponse({ type: ProviderDto, description: 'The provider' })
  @Problems('not_found')
  async show(@Param('name') name: string, @CallerParam() { caller }: RequestContext): Promise<ProviderDto> {
    return shownProvider(await this.catalogue.find(name, caller));
  }

  /**
   * Check the files of a provider
   * @remarks The same code as loading. Nothing is kept.
   */
  @Post('validate')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ anyone: true, limit: 'writes' })
  @ApiOkResponse({ type: ValidationDto, description: 'What was found' })
  validate(@Body() { files, strict = false }: ValidateDto): ValidationDto {
    const checked = filesOf(files);
    if (!(checked instanceof Map)) return { valid: false, errors: checked as Finding[], warnings: [] };
    const { value, errors, warnings } = readProvider(checked, { strict });
    return { valid: value !== undefined, errors, warnings };
  }
}

/** The files, with the same limits as when they are loaded; or what is wrong with them. */
function filesOf(texts: Record<string, unknown>): Files | Finding[] {
  const files = new CollectedFiles();
  for (const [path, text] of Object.entries(texts)) {
    if (typeof text !== 'string') throw notText();
    try {
      files.add(path, Buffer.from(text));
    } catch (error) {
      if (!(error instanceof SourceError) || !error.about || !('file' in error.about)) throw error;
      return [{ file: error.about.file, line: 1, column: 1, message: error.message }];
    }
  }
  return files.all();
}

function notText(): Problem {
  const errors = [{ field: 'files', rule: 'must have a text for each path' }];
  return new Problem('malformed_request', 'files: must have a text for each path', { errors });
}
