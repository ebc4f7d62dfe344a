import { ApiProperty } from '@nestjs/swagger';
import { FileErrorDto } from '../../common/problems/problem.dto.js';

/** Where a provider comes from. */
export class ProviderSourceDto {
  /** `folder`: PROVIDERS_DIR; `git`: a repository */
  type!: 'folder' | 'git';

  /**
   * The address of the repository; absent for a folder
   * @example "https://git.example.org/data/storage-team.git"
   */
  git_url?: string;

  /**
   * The folder of the provider below the repository or PROVIDERS_DIR; empty: the whole repository
   * @example "storage-team"
   */
  path!: string;

  /**
   * The branch, tag or commit that a load takes; absent: the default branch, or a folder
   * @example "main"
   */
  ref?: string;

  /**
   * The commit that was last loaded; absent for a folder
   * @example "3f0c1b6d5a0e4a5f8a4b9f8f3a9f6f1a2b3c4d5e"
   */
  commit?: string;
}

/** Why the last load of a provider failed. */
export class LoadErrorDto {
  /**
   * `provider_invalid`: errors in files; `unprocessable`: a field of the registration; `git_error`: the Git server
   * @example "git_error"
   */
  code!: string;

  /**
   * What went wrong
   * @example "The Git server answered 404"
   */
  message!: string;

  /** The errors in files (`file, line, column, message`) or fields (`field, rule`), if the failure is about any */
  @ApiProperty({ required: false, type: 'array', items: { type: 'object', additionalProperties: true } })
  errors?: object[];
}

/** A workflow of a provider. */
export class ProviderWorkflowDto {
  /**
   * Its name, unique in the provider
   * @example "create-bucket"
   */
  name!: string;

  /** `goldenpath`: people run it; `provisioner`: it serves a resource type or other workflows */
  category!: 'provisioner' | 'goldenpath';

  /**
   * What it does
   * @example "Creates a bucket"
   */
  description!: string | null;

  /** Its parameters, as a JSON Schema (2020-12) of type object. `default_from` is a default that names the team, who asks or the application */
  @ApiProperty({ type: 'object', additionalProperties: true })
  parameters!: object;

  /**
   * What starts it by itself, such as `group.created`; `manual`: nothing has to. People may run it in any case
   * @example ["manual"]
   */
  triggers!: string[];

  /** When it begins among the workflows that one event starts: those of `pre`, then those of `main`, then those of `post` */
  phase!: 'pre' | 'main' | 'post';
}

/** Where a provider was registered, and how; for its owners. */
export class ProviderRegistrationDto {
  /**
   * Who registered it
   * @example "alice"
   */
  registered_by!: string;

  /** When it was registered, RFC 3339 */
  registered_at!: string;

  /** The only commit that may be loaded; null: any */
  pin!: string | null;

  /** The token with which the repository is read, by its name in the configuration; null: none */
  token_ref!: string | null;

  /** The public SSH keys of those who may sign commits and tags; null: a signature is not asked for */
  signers!: string[] | null;
}

/** A provider. */
export class ProviderDto {
  /**
   * Its name; of a team's provider `team/name`
   * @example "storage-team"
   */
  name!: string;

  /**
   * The version that its document states
   * @example "1.0.0"
   */
  version!: string | null;

  /** What it offers */
  description!: string | null;

  /** Who is responsible, as its document says */
  owner!: string | null;

  /** The group whose members see and run it; null: everybody */
  team!: string | null;

  /** Where it comes from */
  source!: ProviderSourceDto;

  /** SHA-256 of the files of the current version, in hex; null: none was ever loaded */
  digest!: string | null;

  /** `failed`: the last load failed, see `error`; the version before it stays in use */
  status!: 'ready' | 'failed';

  /** Why the last load failed */
  error?: LoadErrorDto;

  /** When it was last loaded, or that was last tried, RFC 3339 */
  loaded_at!: string;

  /** The workflows of the current version */
  workflows!: ProviderWorkflowDto[];

  /** The types of resources that Score files may ask it for */
  resource_types!: string[];

  /** In `/api/admin/providers`: how it was registered */
  registration?: ProviderRegistrationDto;
}

/** A page of providers. */
export class ProviderPageDto {
  /** Providers by name */
  items!: ProviderDto[];

  /** Where the next page starts; null at the end */
  next_cursor!: string | null;
}

/** How much there is. */
export class ProviderStatsDto {
  /** Providers that you see */
  providers!: number;

  /** Those of them whose last load failed */
  failed!: number;

  /** Workflows of all of them */
  workflows!: number;

  /** Those of them that are golden paths */
  golden_paths!: number;

  /** Types of resources that they offer */
  resource_types!: number;
}

/** What a check of a provider's files found. */
export class ValidationDto {
  /** Whether the files could be loaded */
  valid!: boolean;

  /** Why not */
  errors!: FileErrorDto[];

  /** What is accepted, and may be a mistake */
  warnings!: FileErrorDto[];
}
