import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { MinioAdmin } from './minio-admin.js';
import { PrefixData } from './prefix-data.js';

/** The stored data, bucket by bucket. */
@Injectable()
export class StoredData implements OnApplicationShutdown {
  readonly #buckets = new Map<string, PrefixData>();

  constructor(
    private readonly config: AppConfig,
    private readonly minio: MinioAdmin,
  ) {}

  in(bucket: string): PrefixData {
    const known = this.#buckets.get(bucket) ?? new PrefixData(this.config, this.minio, bucket);
    this.#buckets.set(bucket, known);
    return known;
  }

  /** Cuts every call that is under way. */
  onApplicationShutdown(): void {
    for (const each of this.#buckets.values()) each.close();
  }
}
