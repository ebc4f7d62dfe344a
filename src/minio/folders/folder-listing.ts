import { Injectable } from '@nestjs/common';
import { S3Error } from 'minio';
import { brokenRule, Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { MinioAdmin, storageUnavailable } from '../minio-admin.js';
import { S3Calls, type SessionKeys } from '../s3-calls.js';
import { foldersOf, type FoldersPage } from './folders-page.js';

/** How long one call may take, in milliseconds. */
const TIMEOUT_MS = 3000;
/** S3's limit of a page, which counts objects, too. */
const PAGE = 1000;
/** Pages without a folder that are read at once: between two folders there may be any number of objects. */
const MAX_PAGES = 10;

/** S3's codes for a caller who may not list there; a bucket that is not there is none of the caller's business either. */
const DENIED: readonly (string | undefined)[] = ['AccessDenied', 'NoSuchBucket', 'AllAccessDisabled'];

/** Lists folders as somebody with a session sees them. */
@Injectable()
export class FolderListing {
  constructor(
    private readonly config: AppConfig,
    private readonly minio: MinioAdmin,
  ) {}

  /**
   * The names of up to 1,000 folders directly in a folder, in the order of bytes, after those before `token`. A page may have none and still
   * be followed by another one. Throws `forbidden` where MinIO does not let the session list, and `storage_unavailable`.
   */
  async page(
    session: SessionKeys,
    { bucket, prefix }: { bucket: string; prefix: string },
    token: string | undefined,
  ): Promise<FoldersPage> {
    const calls = new S3Calls(this.minio.s3Endpoint, this.config, TIMEOUT_MS, bucket, session);
    try {
      let page: FoldersPage = { names: [], next: token };
      for (let count = 0; count < MAX_PAGES; count++) {
        page = await list(calls, `${prefix}/`, page.next);
        if (page.names.length > 0 || page.next === undefined) break;
      }
      return page;
    } catch (error) {
      throw problemOf(error);
    } finally {
      calls.close();
    }
  }
}

async function list(calls: S3Calls, prefix: string, token: string | undefined): Promise<FoldersPage> {
  const query = {
    ...{ 'list-type': '2', prefix, delimiter: '/', 'encoding-type': 'url', 'max-keys': String(PAGE) },
    ...(token === undefined ? {} : { 'continuation-token': token }),
  };
  const { xml } = await calls.send({ method: 'GET', query });
  return foldersOf(xml, prefix);
}

function problemOf(error: unknown): unknown {
  if (error instanceof S3Error) {
    if (DENIED.includes(error.code)) return new Problem('forbidden', 'MinIO does not let you list this path');
    if (error.code === 'InvalidArgument')
      return brokenRule('cursor', 'must be the next_cursor of an earlier page');
  }
  return error instanceof Problem ? error : storageUnavailable('MinIO does not list the folders', error);
}
