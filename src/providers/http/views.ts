import { Buffer } from 'node:buffer';
import type { PageQuery } from '../../common/paging/page-query.dto.js';
import { decodeCursor, type Page, pageOf } from '../../common/paging/paging.js';
import type { ProviderRow } from '../../database/schema.js';
import type { Workflow } from '../../documents/model.js';
import type { Listed } from '../catalogue/catalogue.js';
import type {
  LoadErrorDto,
  ProviderDto,
  ProviderRegistrationDto,
  ProviderWorkflowDto,
} from './provider.dto.js';

/** A provider, as those see it who may run it. */
export function shownProvider({ row, current }: Listed): ProviderDto {
  const { name, team, source, git_url, path, ref, commit, digest, status, error, loaded_at } = row;
  const provider = current?.provider;
  return {
    name,
    version: provider?.version ?? null,
    description: provider?.description ?? null,
    owner: provider?.owner ?? null,
    team,
    source: {
      type: source,
      path,
      ...(git_url === null ? {} : { git_url }),
      ...(ref === null ? {} : { ref }),
      ...(commit === null ? {} : { commit }),
    },
    digest,
    status,
    ...(error === null ? {} : { error: error as LoadErrorDto }),
    loaded_at: loaded_at.toISOString(),
    workflows: (provider?.workflows ?? []).map(workflowOf),
    resource_types: (provider?.resourceTypes ?? []).map(({ type }) => type),
  };
}

function workflowOf({
  name,
  category,
  description,
  parameters,
  triggers,
  phase,
}: Workflow): ProviderWorkflowDto {
  return { name, category, description: description ?? null, parameters, triggers, phase };
}

/** The same for its owners. */
export function registeredProvider(listed: Listed): ProviderDto {
  return { ...shownProvider(listed), registration: registrationOf(listed.row) };
}

function registrationOf({
  registered_by,
  created_at,
  pin,
  token_ref,
  verify,
}: ProviderRow): ProviderRegistrationDto {
  const signers = verify?.signers ?? null;
  return { registered_by, registered_at: created_at.toISOString(), pin, token_ref, signers };
}

/** A page of what is in memory, by name. */
export function pageByName<T, R>(
  all: readonly T[],
  nameOf: (item: T) => string,
  { limit, cursor }: PageQuery,
  show: (item: T) => R,
): Page<R> {
  const after = decodeCursor(cursor);
  const bytes = (item: T) => Buffer.from(nameOf(item));
  const sorted = all.toSorted((a, b) => bytes(a).compare(bytes(b)));
  const rest =
    after === undefined ? sorted : sorted.filter((item) => bytes(item).compare(Buffer.from(after)) > 0);
  return pageOf(rest.slice(0, limit + 1), limit, nameOf, show);
}
