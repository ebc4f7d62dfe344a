import type { NamedRole } from '../../targets/postgres/logins.js';
import { hasMark, type OwnedSchema } from '../../targets/postgres/owned-schemas.js';
import { loginName, schemaNames } from '../approved/schema-names.js';

const PRODUCT = 'Made by minio-manager for the data product ';
const CONSUMER = 'Made by minio-manager for the consumer ';
/** The comment of what is not for one product. */
export const COMMON_MARK = 'Made by minio-manager for all data products';

/** What belongs to the product with this prefix. */
export function ownedSchema(prefix: string): OwnedSchema {
  return { ...schemaNames(prefix), mark: `${PRODUCT}${prefix}` };
}

/** The role with which a product or a consumer logs in, and its mark. */
export function loginOf(prefix: string | null, principal: string): { role: string; mark: string } {
  if (prefix === null) return { role: loginName(principal), mark: `${CONSUMER}${principal}` };
  const { owner, mark } = ownedSchema(prefix);
  return { role: owner, mark };
}

/** Whether this is the readers' role of some data product: then nobody but this service decides about its members that are products. */
export function isReaders({ name, comment }: NamedRole): boolean {
  return comment?.startsWith(PRODUCT) === true && schemaNames(comment.slice(PRODUCT.length)).reader === name;
}

/** Whether this is the login of some data product or consumer. */
export function isLogin({ name, comment }: NamedRole): boolean {
  const [mark = ''] = comment?.split('; password ') ?? [];
  const login = mark.startsWith(PRODUCT)
    ? loginOf(mark.slice(PRODUCT.length), '')
    : mark.startsWith(CONSUMER)
      ? loginOf(null, mark.slice(CONSUMER.length))
      : undefined;
  return login?.role === name && hasMark(comment, login.mark);
}
