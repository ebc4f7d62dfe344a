import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Authenticated, CallerParam, type RequestContext } from '../../auth/authenticated.js';
import { UserNamePipe } from '../../auth/user-name.pipe.js';
import { decodeCursor } from '../../common/paging/paging.js';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { Problems } from '../../common/problems/problems.decorator.js';
import { AppConfig } from '../../config/app-config.js';
import { FolderListing } from '../../minio/folders/folder-listing.js';
import { formatPath, homePath, type LakePath, parsePath } from '../../policy/paths.js';
import { AwsCredentials } from '../aws-credentials.js';
import { CREDENTIAL_PROBLEMS } from '../credential-problems.js';
import { FolderPageDto, FoldersQuery } from './folders.dto.js';

@ApiTags('Sharing')
@Controller('users/:user/folders')
export class FoldersController {
  constructor(
    private readonly aws: AwsCredentials,
    private readonly listing: FolderListing,
    private readonly config: AppConfig,
  ) {}

  /**
   * List the folders in a folder, as the user sees them
   * @remarks Only for the user. MinIO lists them with a session of the user and decides: `forbidden` where the user may not list. Objects are
   * not listed, nor folders whose names no path here can have. A first call creates the user in MinIO.
   */
  @Get()
  @Authenticated({ self: 'user', limit: 'credentials', withoutSecret: true, ensuresActive: true })
  @ApiOkResponse({ type: FolderPageDto, description: 'A page of folders' })
  @Problems(...CREDENTIAL_PROBLEMS)
  async list(
    @Param('user', UserNamePipe) user: string,
    @Query() { prefix, cursor }: FoldersQuery,
    @CallerParam() context: RequestContext,
  ): Promise<FolderPageDto> {
    if (context.kind !== 'person' || context.name !== user)
      throw new Problem(
        'forbidden',
        'Only the user may do this: the folders are listed with a session of the user',
      );
    const path = prefix === undefined ? homePath({ ...this.config.lake, userName: user }) : folderOf(prefix);
    const token = decodeCursor(cursor);
    const { AccessKeyId, SecretAccessKey, Token } = await this.aws.answer(context);
    const session = { accessKey: AccessKeyId, secretKey: SecretAccessKey, sessionToken: Token };
    const { names, next } = await this.listing.page(session, path, token);
    return {
      path: formatPath(path),
      items: names.flatMap((name) => {
        const text = formatPath({ ...path, prefix: `${path.prefix}/${name}`, folder: true });
        return parsePath(text).ok ? [{ name, path: text }] : [];
      }),
      next_cursor: next === undefined ? null : Buffer.from(next).toString('base64url'),
    };
  }
}

function folderOf(text: string): LakePath {
  const parsed = parsePath(text);
  if (!parsed.ok) throw brokenRule('prefix', parsed.rule);
  return { ...parsed.path, folder: true };
}
