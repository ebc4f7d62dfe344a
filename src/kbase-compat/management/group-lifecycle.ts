import { Injectable } from '@nestjs/common';
import { AccessWriter } from '../../access/changes/writer.js';
import type { RequestContext } from '../../auth/authenticated.js';
import { Problem } from '../../common/problems/problem.js';
import { AppConfig } from '../../config/app-config.js';
import { requireGroupName } from '../../groups/group-name.pipe.js';
import { readGroup } from '../../groups/group-requests.js';
import { Groups } from '../../groups/groups.js';
import { formatPath } from '../../policy/paths.js';
import { KbaseError, requireEnforced } from '../errors/kbase-error.js';
import { isReadersName, KbaseGroups, readersName } from '../groups/kbase-groups.js';
import { tenantFolders, tenantNamespacePrefix } from '../workspaces/prefixes.js';

/** Makes and removes the groups of tenants. */
@Injectable()
export class GroupLifecycle {
  constructor(
    private readonly kbase: KbaseGroups,
    private readonly groups: Groups,
    private readonly writer: AccessWriter,
    private readonly config: AppConfig,
  ) {}

  /** The group with the folders of a tenant, and its creator as the first member. One that exists stays as it is. */
  async create(name: string, context: RequestContext): Promise<void> {
    if (isReadersName(name))
      throw new KbaseError('governance', 'A name that ends in ro is one of readers: no group can have it');
    requireGroupName(name, 'group_name');
    if (await this.kbase.group(readersName(name)))
      throw new Problem(
        'not_possible',
        `There is a group ${readersName(name)}, which would also be the readers of ${name}`,
      );
    if (await this.kbase.group(name)) return;
    const members = context.kind === 'person' ? [context.name] : [];
    const spec = readGroup({ members, grants: this.grantsOf(name) }, this.config.lake);
    requireEnforced(await this.writer.run(await this.groups.save(name, spec, context), context));
  }

  async remove(name: string, context: RequestContext): Promise<void> {
    const { row, readers } = await this.kbase.require(name);
    if (readers) throw new KbaseError('group', `${name} is the readers of ${row.name}, and ends with it`);
    requireEnforced(await this.writer.run(this.groups.remove(row.name, context), context));
  }

  /** As KBase gives them: all of the files, and of the tables those whose names begin with the tenant's. */
  private grantsOf(name: string) {
    const { files, sql } = tenantFolders(this.config.lake.homes, name);
    const tables = { ...sql, prefix: `${sql.prefix}/${tenantNamespacePrefix(name)}*`, folder: false };
    const grant = (path: typeof sql, permission: 'read' | 'write') => ({
      path: formatPath(path),
      permission,
    });
    return [grant(files, 'write'), grant(sql, 'read'), grant(tables, 'write')];
  }
}
