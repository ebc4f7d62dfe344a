import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { type Actor, SYSTEM } from '../../common/caller.js';
import { AppConfig } from '../../config/app-config.js';
import { Database } from '../../database/schema.js';
import { appendAudit } from '../../database/sql/audit-event.js';
import { ProvidersStore, type Registration } from '../providers.store.js';
import { providerFolders } from '../sources/folder-source.js';
import { SourceError } from '../sources/source-error.js';
import { PROVIDER_NAME } from '../provider-name.js';
import { ProviderReader } from './provider-reader.js';
import { ProviderLoads } from './provider-loads.js';

/** Providers of PROVIDERS_DIR: each process that serves requests reads them at its start, and all of them on demand. */
@Injectable()
export class FolderProviders implements OnApplicationBootstrap {
  private readonly logger = new Logger(FolderProviders.name);

  constructor(
    private readonly config: AppConfig,
    private readonly db: Database,
    private readonly store: ProvidersStore,
    private readonly reader: ProviderReader,
    private readonly loads: ProviderLoads,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.worker.role === 'worker') return;
    await this.reload(SYSTEM);
  }

  /** Makes the folder's providers what it holds now. A folder that cannot be read, and a provider that is not valid, change nothing. */
  async reload(actor: Actor): Promise<void> {
    const folders = await providerFolders(this.config.providers.dir).catch((error: unknown) => {
      if (!(error instanceof SourceError)) throw error;
      this.logger.error(error.message);
    });
    if (!folders) return;
    const known = (await this.store.all()).filter(({ source }) => source === 'folder');
    const gone = known.filter(({ path }) => !folders.includes(path));
    for (const { name } of gone) await this.loads.remove(name, actor);
    await this.loads.reloadAll(
      known.filter((row) => !gone.includes(row)),
      actor,
    );
    const news = folders.filter((folder) => known.every(({ path }) => path !== folder));
    for (const folder of news) await this.add(folder, actor);
    for (const { name, status, error, source } of await this.store.all())
      if (source === 'folder' && status === 'failed')
        this.logger.warn({ provider: name, error }, 'not loaded');
  }

  /** A provider that fails at its first load is kept, so that the error is seen. */
  private async add(folder: string, actor: Actor): Promise<void> {
    if (!PROVIDER_NAME.test(folder)) return this.logger.warn(`A folder has no usable name: ${folder}`);
    const registration: Registration = {
      ...{
        name: folder,
        team: null,
        team_id: null,
        source: 'folder',
        path: folder,
        registered_by: actor.name,
      },
      ...{ git_url: null, ref: null, pin: null, token_ref: null, verify: null },
    };
    const result = await this.reader.read(registration);
    await this.db.transaction().execute(async (trx) => {
      const row = await this.store.add(registration, result, trx);
      if (!row) return;
      const detail = { source: row.source, status: row.status, digest: row.digest };
      const event = { action: 'provider.registered', subject: { kind: 'provider', name: row.name }, detail };
      await appendAudit(trx, actor, event);
    });
  }
}
