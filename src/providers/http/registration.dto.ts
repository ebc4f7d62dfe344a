import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsObject,
  IsString,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { Optional } from '../../common/http/validation.js';
import { PROVIDER_NAME } from '../provider-name.js';
import { SSH_KEY } from '../sources/git/signature.js';

/** A branch, tag or commit as Git would take it, and never an option of a program. */
const REF = /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/+-]{0,199}$/;
const FOLDER = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}(\/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){0,7}$/;
const COMMIT = /^[0-9a-f]{40}$/;
const EXAMPLE_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHZ4tp0y2pnxXJ0rUuTjBGXg9cYGTkOSvJmeSeIrZ8qC release';

/** Who must have signed what is loaded. */
export class VerifyDto {
  /**
   * Public SSH keys, as in a `.pub` file; the commit or the annotated tag must carry a signature by one of them
   * @example ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHZ4tp0y2pnxXJ0rUuTjBGXg9cYGTkOSvJmeSeIrZ8qC release"]
   */
  @ApiProperty({ type: [String], minItems: 1, maxItems: 20, example: [EXAMPLE_KEY] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @IsString({ each: true })
  @Matches(SSH_KEY, { each: true, message: 'signers must be public SSH keys' })
  signers!: string[];
}

/** A provider in a Git repository. */
export class RegistrationDto {
  /**
   * The name in its `provider.yaml`
   * @example "geo-services"
   */
  @IsString()
  @Matches(PROVIDER_NAME, {
    message: 'name must be 1 to 63 of A-Z a-z 0-9 _ . -, the first a letter or digit',
  })
  name!: string;

  /**
   * The repository: an `https` address without credentials, at a host of PROVIDER_GIT_HOSTS
   * @example "https://git.example.org/data/geo-services.git"
   */
  @IsString()
  @MaxLength(500)
  git_url!: string;

  /**
   * The folder of the provider in the repository; without it, the whole repository
   * @example "providers/geo-services"
   */
  @Optional()
  @IsString()
  @Matches(FOLDER, { message: 'path must be a folder below the root, such as providers/geo-services' })
  path?: string;

  /**
   * A branch, a tag or a full commit; without it, the default branch. Of a tag and a branch of one name, the tag
   * @example "main"
   */
  @Optional()
  @IsString()
  @Matches(REF, { message: 'ref must be a branch, a tag or a full commit' })
  ref?: string;

  /**
   * The group that owns it: its members see and run it, as `team/name`. Without it, it is everybody's; administrators only
   * @example "KBase"
   */
  @Optional()
  @IsString()
  @MaxLength(63)
  team?: string;

  /**
   * The only commit that may be loaded: a load of another one is refused
   * @example "3f0c1b6d5a0e4a5f8a4b9f8f3a9f6f1a2b3c4d5e"
   */
  @Optional()
  @IsString()
  @Matches(COMMIT, { message: 'pin must be a full commit of 40 hex digits' })
  pin?: string;

  /**
   * The name of a token in PROVIDER_GIT_TOKENS
   * @example "forge"
   */
  @Optional()
  @IsString()
  @Matches(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, { message: 'token_ref must be the name of a token' })
  token_ref?: string;

  /** Asks for a signature; without it, none is looked at */
  @Optional({ example: { signers: [EXAMPLE_KEY] } })
  @IsObject()
  @ValidateNested()
  @Type(() => VerifyDto)
  verify?: VerifyDto;
}

/** The files of a provider, to be checked. */
export class ValidateDto {
  /**
   * The text of each file by its path below the provider's folder
   * @example { "provider.yaml": "name: geo-services\nversion: 1.0.0\ndescription: Buckets for maps\nowner: geo\nworkflows_dir: workflows\n", "workflows/create-bucket.yaml": "name: create-bucket\ndescription: Creates a bucket\nsteps:\n  - name: bucket\n    type: storage.bucket\n    with:\n      bucket: maps\n" }
   */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  @IsObject()
  files!: Record<string, string>;

  /** Also asks for what makes a catalogue useful, such as an owner and descriptions; `false` by default */
  @Optional({ default: false })
  @IsBoolean()
  strict?: boolean;
}
