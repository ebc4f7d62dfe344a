import { ADMIN, type Caller, LIST_BYTES } from '../call.js';
import { MadminError } from '../errors.js';
import type {
  AccessKeyInfo,
  AccessKeyItem,
  AccessKeyUpdate,
  AnyAccessKeyInfo,
  BulkKey,
  BulkListQuery,
  CallOptions,
  NewAccessKey,
  PolicyDocument,
  UserKeys,
} from '../types.js';
import { checkNames, dateOf, sentDocument } from './wire.js';

interface WireKey {
  accessKey?: string;
  AccessKey?: string;
  parentUser: string;
  accountStatus: 'on' | 'off';
  impliedPolicy: boolean;
  policy?: string;
  name?: string;
  description?: string;
  expiration?: string;
}

interface WireAnyKey extends WireKey {
  userType: AnyAccessKeyInfo['userType'];
  userProvider: string;
}

interface WireUserKeys {
  serviceAccounts: WireKey[] | null;
  stsKeys: WireKey[] | null;
}

/** Access keys (MinIO: service accounts): further key pairs of a user, with at most the user's rights. */
export class AccessKeys {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /**
   * Creates a key. `conflict` if the key is taken, also by an earlier attempt of the same call; `not_found` without such a user; `invalid`
   * for names, lengths and expiry outside the limits.
   */
  async add(key: NewAccessKey, options?: CallOptions): Promise<void> {
    const verb = 'accessKeys.add';
    const { targetUser, accessKey, secretKey, name, description, expiration, policy } = key;
    // MinIO would choose empty values by itself, and create a key of root if there is no user.
    checkNames(verb, 'user, access key and secret key', [targetUser, accessKey, secretKey]);
    const fields = {
      targetUser,
      accessKey,
      secretKey,
      name,
      description,
      expiration,
      policy: policy && sentDocument(policy),
    };
    // `policy: null` or `{}` would make an expiring key without any rights: JSON leaves out undefined fields.
    const spec = {
      verb,
      method: 'PUT',
      path: `${ADMIN}/add-service-account`,
      sealed: fields,
      slow: true,
    } as const;
    // The answer repeats the key pair: it is not opened.
    await this.#caller.send(spec, options);
  }

  /** Changes a key; its policy after the change is required. `not_found` if there is no such key. */
  async update(accessKey: string, change: AccessKeyUpdate, options?: CallOptions): Promise<void> {
    const verb = 'accessKeys.update';
    checkNames(verb, 'access key', [accessKey]);
    const { policy, secretKey, status, name, description, expiration } = change;
    if (!policy) throw new MadminError('invalid', `${verb}: invalid (say the policy, or inherit)`);
    const sealed = {
      newPolicy: policy === 'inherit' ? undefined : sentDocument(policy),
      newSecretKey: secretKey,
      newStatus: status,
      newName: name,
      newDescription: description,
      newExpiration: expiration,
    };
    const path = `${ADMIN}/update-service-account`;
    await this.#caller.send({ verb, method: 'POST', path, query: { accessKey }, sealed }, options);
  }

  async info(accessKey: string, options?: CallOptions): Promise<AccessKeyInfo> {
    const verb = 'accessKeys.info';
    checkNames(verb, 'access key', [accessKey]);
    const spec = {
      verb,
      method: 'GET',
      path: `${ADMIN}/info-service-account`,
      query: { accessKey },
    } as const;
    return this.#caller.opened(spec, options, (wire: WireKey) => toInfo(wire, accessKey));
  }

  /** Keys of one user; empty also if there is no such user. Without secrets and policies. */
  async list(user: string, options?: CallOptions): Promise<AccessKeyItem[]> {
    const verb = 'accessKeys.list';
    // Without a user MinIO would list the keys of the caller.
    checkNames(verb, 'user name', [user]);
    const path = `${ADMIN}/list-service-accounts`;
    return this.#caller.opened(
      { verb, method: 'GET', path, query: { user }, maxBytes: LIST_BYTES },
      options,
      ({ accounts }: { accounts: WireKey[] | null }) => (accounts ?? []).map((account) => toItem(account)),
    );
  }

  /** `not_found` if there is no such key. */
  async remove(accessKey: string, options?: CallOptions): Promise<void> {
    const verb = 'accessKeys.remove';
    checkNames(verb, 'access key', [accessKey]);
    const path = `${ADMIN}/delete-service-account`;
    await this.#caller.send({ verb, method: 'DELETE', path, query: { accessKey } }, options);
  }

  /** Access keys and sessions of many users, by user. */
  async listBulk(filter: BulkListQuery = {}, options?: CallOptions): Promise<Record<string, UserKeys>> {
    const verb = 'accessKeys.listBulk';
    const { listType = 'all', users = [], all } = filter;
    checkNames(verb, 'user name', users);
    const query = { listType, users, all: all ? 'true' : undefined };
    const path = `${ADMIN}/list-access-keys-bulk`;
    return this.#caller.opened(
      { verb, method: 'GET', path, query, maxBytes: LIST_BYTES },
      options,
      (wire: Record<string, WireUserKeys>) =>
        Object.fromEntries(Object.entries(wire).map(([user, keys]) => [user, toUserKeys(keys)] as const)),
    );
  }

  /** Like `info`, for access keys and for sessions. A user's own name is not an access key here: `not_found`. */
  async infoAny(accessKey: string, options?: CallOptions): Promise<AnyAccessKeyInfo> {
    const verb = 'accessKeys.infoAny';
    checkNames(verb, 'access key', [accessKey]);
    const spec = { verb, method: 'GET', path: `${ADMIN}/info-access-key`, query: { accessKey } } as const;
    return this.#caller.opened(spec, options, (wire: WireAnyKey) => ({
      ...toInfo(wire, accessKey),
      userType: wire.userType,
      userProvider: wire.userProvider,
    }));
  }
}

function toItem(wire: WireKey, asked?: string): AccessKeyItem {
  const expiration = dateOf(wire.expiration);
  return {
    accessKey: wire.accessKey ?? wire.AccessKey ?? asked ?? '',
    parentUser: wire.parentUser,
    status: wire.accountStatus === 'on' ? 'enabled' : 'disabled',
    impliedPolicy: wire.impliedPolicy,
    ...(wire.name && { name: wire.name }),
    ...(wire.description && { description: wire.description }),
    ...(expiration && { expiration }),
  };
}

function toInfo(wire: WireKey, asked: string): AccessKeyInfo {
  const policy = wire.policy ? (JSON.parse(wire.policy) as PolicyDocument | null) : null;
  return { ...toItem(wire, asked), ...(policy && { policy }) };
}

function toUserKeys({ serviceAccounts, stsKeys }: WireUserKeys): UserKeys {
  return { serviceAccounts: (serviceAccounts ?? []).map(toBulkKey), stsKeys: (stsKeys ?? []).map(toBulkKey) };
}

function toBulkKey({ accessKey = '', expiration }: WireKey): BulkKey {
  const date = dateOf(expiration);
  return { accessKey, ...(date && { expiration: date }) };
}
