import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Subjects } from '../../access/subjects/subjects.js';
import { Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { KeyRing } from '../../secrets/key-ring.js';
import { DataProductsStore } from '../products/data-products.store.js';
import { type AccessibleProvider, writeAccessible } from '../project/accessible.js';
import { writeEnv } from '../project/env-file.js';
import { ProjectError } from '../project/project-error.js';
import { isThere } from '../project/project-name.js';
import { removeProject } from '../project/quarantine.js';
import { scaffold } from '../project/scaffold.js';
import { ProductLogins } from '../schemas/product-logins.js';
import { noProjectReason } from './no-project.js';
import type { ProductProvider } from './product-access.js';

/** The project folders of data products: created from the template once; later only `.env` and the list of providers are updated. */
@Injectable()
export class Projects {
  constructor(
    private readonly config: AppConfig,
    private readonly subjects: Subjects,
    private readonly keys: KeyRing,
    private readonly products: DataProductsStore,
    private readonly logins: ProductLogins,
  ) {}

  /** The name of the project's folder; null if there should be none. */
  async ensure(
    subjectName: string,
    name: string,
    providers: readonly ProductProvider[],
  ): Promise<string | null> {
    const { templatePath, outputPath, bucket, portal } = this.config.products;
    if (outputPath === undefined || noProjectReason(this.config, name) !== null) return null;
    return guarded(async () => {
      const endpoint = this.config.minio.publicEndpoint;
      const context = {
        s3_endpoint: endpoint,
        s3_bucket: bucket,
        ...(portal ? { portal_url: portal.url } : {}),
      };
      await mkdir(outputPath, { recursive: true });
      await scaffold({ templatePath, outputPath, name, context });
      const folder = join(outputPath, name);
      if (!(await this.writeKeys(folder, name, subjectName))) return null;
      await writeAccessible(
        folder,
        bucket,
        providers.filter(({ paths }) => paths.length > 0).map(accessibleOf),
        [...new Set(providers.flatMap(({ ports }) => ports.flatMap(({ schema }) => schema ?? [])))],
      );
      return name;
    });
  }

  /** Gives PostgreSQL the current password, and writes the current keys into the product's project, if it has one. Throws `unprocessable` if that fails. */
  async renewKeys(subjectName: string): Promise<void> {
    await this.logins.renew(subjectName);
    const { outputPath } = this.config.products;
    const name = outputPath === undefined ? null : await this.products.projectOf(subjectName);
    if (outputPath === undefined || name === null) return;
    const folder = join(outputPath, name);
    try {
      if (await isThere(folder)) await guarded(() => this.writeKeys(folder, name, subjectName));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new Problem('unprocessable', `The project: ${error.code} of ${error.syscall ?? 'a file'}`);
    }
  }

  /** False: the product has just been removed. */
  private async writeKeys(folder: string, name: string, subjectName: string): Promise<boolean> {
    const { minio, products } = this.config;
    const row = await this.subjects.find({ kind: 'data_product', name: subjectName });
    if (!row) return false;
    const database = await this.logins.accessOf(row);
    await writeEnv(folder, {
      endpoint: minio.publicEndpoint,
      bucket: products.bucket,
      prefix: name,
      accessKey: row.principal,
      secretKey: this.keys.secretOf(row),
      ...(database && { database }),
    });
    return true;
  }

  /** Keeps, quarantines or deletes the project of a removed product, as configured. */
  async remove(name: string): Promise<void> {
    const { outputPath, onDelete: policy } = this.config.products;
    if (outputPath === undefined) return;
    await guarded(() => removeProject({ outputPath, name, policy, now: new Date() }));
  }
}

/** From the earliest start of its ports to the latest end, if all of them end. */
function accessibleOf({ prefix, paths, ports }: ProductProvider): AccessibleProvider {
  const since = ports.flatMap(({ decided_on }) => decided_on ?? []).sort();
  const untils = ports.flatMap(({ valid_until }) => valid_until ?? []).sort();
  const last = untils.length === ports.length ? untils.at(-1) : undefined;
  return {
    ...{ namespace: prefix, paths },
    ...(since[0] === undefined ? {} : { grantedAt: since[0] }),
    ...(last === undefined ? {} : { until: last }),
  };
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProjectError) throw new Problem('unprocessable', `The project: ${error.message}`);
    throw error;
  }
}
