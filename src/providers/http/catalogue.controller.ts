import { Controller, Get, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { PageQuery } from '../../common/paging/page-query.dto.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { AppConfig } from '../../config/app-config.js';
import { STEP_TYPES } from '../../documents/step-types/catalogue.js';
import { PolicyFile } from '../../governance/file/policy-file.js';
import { Catalogue } from '../catalogue/catalogue.js';
import { Reload } from '../loading/reload.js';
import {
  GoldenPathDto,
  GoldenPathPageDto,
  ProvidersConfigDto,
  ReloadDto,
  shownGoldenPath,
  shownStepType,
  StepTypePageDto,
} from './catalogue.dto.js';

import { pageByName } from './views.js';

@ApiTags('Providers')
@Controller('api')
export class CatalogueController {
  constructor(
    private readonly config: AppConfig,
    private readonly catalogue: Catalogue,
    private readonly reload: Reload,
    private readonly policies: PolicyFile,
  ) {}

  /** List the step types that workflows may use */
  @Get('step-types')
  @Authenticated({ anyone: true })
  @ApiOkResponse({ type: StepTypePageDto, description: 'A page of step types' })
  @Problems('unprocessable')
  stepTypes(@Query() page: PageQuery): StepTypePageDto {
    return pageByName([...STEP_TYPES.values()], ({ name }) => name, page, shownStepType);
  }

  /** List the golden paths that you see */
  @Get('golden-paths')
  @Authenticated({ anyone: true })
  @ApiOkResponse({ type: GoldenPathPageDto, description: 'A page of golden paths' })
  @Problems('unprocessable')
  async goldenPaths(
    @Query() page: PageQuery,
    @CallerParam() { caller }: RequestContext,
  ): Promise<GoldenPathPageDto> {
    const paths = await this.catalogue.goldenPaths(caller);
    // two providers may have one of the same name
    return pageByName(paths, ({ workflow, name }) => `${workflow.name} ${name}`, page, shownGoldenPath);
  }

  /** Show a golden path and its parameters */
  @Get('golden-paths/:name')
  @Authenticated({ anyone: true })
  @ApiParam({
    name: 'name',
    description: 'The name; `PROVIDER/NAME`, written `PROVIDER%2FNAME`, if several providers have it',
    example: 'onboard-data-team',
  })
  @ApiOkResponse({ type: GoldenPathDto, description: 'The golden path' })
  @Problems('not_found', 'not_possible')
  async goldenPath(
    @Param('name') name: string,
    @CallerParam() { caller }: RequestContext,
  ): Promise<GoldenPathDto> {
    return shownGoldenPath(await this.catalogue.goldenPath(name, caller));
  }

  /**
   * Load all providers again
   * @remarks Those of PROVIDERS_DIR, with what was added and removed there, and those in Git. What can be loaded becomes current at once; the
   * others keep the version that they have.
   */
  @Post('admin/reload')
  @HttpCode(HttpStatus.OK)
  @Authenticated({ limit: 'writes' })
  @ApiOkResponse({ type: ReloadDto, description: 'What was loaded, and what was not' })
  @Problems('busy')
  reloadAll(@CallerParam() context: RequestContext): Promise<ReloadDto> {
    return this.reload.everything(context);
  }

  /** Show where providers may come from, and the policy of workflows; never a secret */
  @Get('admin/config')
  @Authenticated()
  @ApiOkResponse({ type: ProvidersConfigDto, description: 'The configuration of providers' })
  configuration(): ProvidersConfigDto {
    const { dir, git, reloads } = this.config.providers;
    const policy = this.policies.state;
    return {
      providers_dir: dir,
      git_hosts: [...git.hosts],
      git_private_hosts: [...git.privateHosts],
      git_insecure: git.insecure,
      git_reload_seconds: reloads.seconds,
      git_webhook: reloads.webhookSecret !== undefined,
      git_tokens: git.tokens.map(({ name, host, username, teams }) => ({
        name,
        host,
        username,
        teams: [...teams],
      })),
      policy_file: policy.file ?? null,
      policy: policy.policy,
      policy_errors: [...policy.errors],
    };
  }
}
