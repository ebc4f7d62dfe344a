import type { Asset } from '../approved/port-access.js';
import { unreadable } from './portal-error.js';
import { kindOf, type ProductRef, readId } from './refs.js';

/** A data product or an exploration as the portal shows it. */
export interface PortalProduct {
  id: string;
  name: string;
  description: string;
  /** As the portal accepted it, with almost no restrictions: hostile input. */
  namespace: string;
  /** `pending`, `active`, `archived`, or `deleting`: the product waits until its finalizers are gone. */
  status: string;
  /** Null: this portal does not support finalizers (0.5). */
  finalizers: string[] | null;
  lifecycle: { id: string; name: string } | null;
  /** Empty if the portal does not state it: an exploration has no type. */
  typeId: string;
  domainId: string;
  tagIds: string[];
}

const STATUSES = ['pending', 'approved', 'denied', 'expired', 'revoked', 'cancelled'] as const;

/** The current access of one consumer to one output port. Only `approved` gives access. */
export interface PortalInputPort {
  id: string;
  status: (typeof STATUSES)[number];
  consumer: ProductRef;
  /** Empty: the portal hides it from us. */
  outputPortId: string;
  /** Null: the portal hides the port, or its provider, from us. */
  providerId: string | null;
  /** The last day, `YYYY-MM-DD`; null: no end; absent: this portal does not support end dates (0.5). */
  validUntil?: string | null;
  /** The time of the decision if the portal states it, otherwise the first day. */
  decidedOn?: string;
  /** Name of the access mode that the consumer chose; absent: none, or the portal does not support modes (up to 0.7). */
  mode?: string;
}

/** A consumer that requested an output port. The portal may withhold its kind. */
export interface PortConsumer {
  id: string;
  kind: ProductRef['kind'] | undefined;
}

/** A technical asset of type S3 or PostgreSQL, and the output ports that it is linked to. Its location is hostile input. */
export type PortalAsset = Asset & {
  id: string;
  active: boolean;
  /** Ids of the output ports with an approved link. */
  ports: string[];
  /** All links, whatever became of them. */
  links: { port: string; status: string }[];
};

/** An output port of a data product. */
export interface PortalPort {
  id: string;
  namespace: string;
}

type Json = Readonly<Record<string, unknown>>;

/** The portal's name of the S3 type of technical assets. */
export const S3_ASSET = 'S3TechnicalAssetConfiguration';
/** The same of the PostgreSQL type, which portals after 0.6 have. */
export const POSTGRES_ASSET = 'PostgreSQLTechnicalAssetConfiguration';

/** Prototype of the portal's role Owner, which can be renamed (0 custom, 1 everyone, 2 owner, 3 administrator). */
const OWNER = 2;

const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T|$)/;
const DAY_LENGTH = 10;

/** Reads answers. The error for an invalid answer names `doing`, and nothing from the answer itself. */
export class Shapes {
  constructor(private readonly doing: string) {}

  /** Fields that are only needed to write a product back may be missing: the product can still be enforced. */
  product(answer: unknown): PortalProduct {
    const data = this.object(answer);
    const { finalizers, lifecycle, tags, status } = data;
    return {
      id: this.id(data['id']),
      name: this.optional(data['name']) ?? '',
      description: this.optional(data['description']) ?? '',
      namespace: this.text(data['namespace']),
      status: this.optional(status) ?? 'active',
      finalizers: isNone(finalizers) ? null : this.list(finalizers).map((each) => this.text(each)),
      lifecycle: isNone(lifecycle) ? null : this.lifecycle(lifecycle),
      typeId: this.idIn(data['type']),
      domainId: this.idIn(data['domain']),
      tagIds: isNone(tags) ? [] : this.list(tags).map((tag) => this.id(this.object(tag)['id'])),
    };
  }

  lifecycle(answer: unknown): { id: string; name: string } {
    const data = this.object(answer);
    return { id: this.id(data['id']), name: this.text(data['name']) };
  }

  /** Reads one entry of a consumer's own list: the provider is in its output port (`input_port` in 0.5). */
  ofConsumer(answer: unknown, consumer: ProductRef): PortalInputPort {
    const data = this.object(answer);
    const told = data['output_port'] ?? data['input_port'];
    const port = isNone(told) ? {} : this.object(told);
    const [id, providerId] = [data['output_port_id'] ?? port['id'], port['data_product_id']];
    return {
      ...this.access(data),
      consumer,
      outputPortId: isNone(id) ? '' : this.id(id),
      // a port that is hidden from others is still listed for its approved consumers
      providerId: isNone(providerId) || isNone(id) ? null : this.id(providerId),
    };
  }

  /** The consumer in one entry of an output port's list; undefined if it is hidden from us. */
  consumerAt(answer: unknown): PortConsumer | undefined {
    const item = isObject(answer) ? answer : {};
    const about = item['consuming_abstract_data_product'];
    const id = readId(item['consuming_abstract_data_product_id'] ?? item['data_product_id']);
    if (id === undefined) return undefined;
    if (item['consuming_abstract_data_product_id'] === undefined) return { id, kind: 'data_product' };
    return { id, kind: isObject(about) ? kindOf(about['abstract_data_product_type']) : undefined };
  }

  /** A technical asset; undefined if its type is neither S3 nor PostgreSQL. */
  asset(answer: unknown): PortalAsset | undefined {
    const data = this.object(answer);
    const place = this.placeOf(this.object(data['configuration']));
    if (!place) return undefined;
    const told = isNone(data['output_port_links']) ? [] : this.list(data['output_port_links']);
    const links = told.map((link) => {
      const { status, output_port_id: port } = this.object(link);
      return { port: this.id(port), status: this.text(status) };
    });
    return {
      ...place,
      id: this.id(data['id']),
      active: data['status'] === 'active',
      ports: links.flatMap(({ port, status }) => (status === 'approved' ? [port] : [])),
      links,
    };
  }

  outputPort(answer: unknown): PortalPort {
    const { id, namespace } = this.object(answer);
    return { id: this.id(id), namespace: this.text(namespace) };
  }

  /** Those with an approved assignment of the role Owner; the e-mail addresses are in lower case. */
  owners(answer: unknown, productId: string): { id: string; email: string }[] {
    return this.list(this.object(answer)['role_assignments']).flatMap((each) => {
      const { data_product: product, user, role, decision } = this.object(each);
      // checked again: a portal ignores filters that it does not know
      const own = this.id(this.object(product)['id']) === readId(productId) && decision === 'approved';
      if (!own || role === null || this.object(role)['prototype'] !== OWNER) return [];
      const { id, email } = this.object(user);
      return [{ id: this.id(id), email: this.text(email).toLowerCase() }];
    });
  }

  list(answer: unknown): unknown[] {
    if (!Array.isArray(answer)) throw this.wrong();
    return answer;
  }

  object(answer: unknown): Json {
    if (!isObject(answer)) throw this.wrong();
    return answer;
  }

  text(answer: unknown): string {
    if (typeof answer !== 'string') throw this.wrong();
    return answer;
  }

  id(answer: unknown): string {
    const id = readId(answer);
    if (id === undefined) throw this.wrong();
    return id;
  }

  private access(data: Json): Pick<PortalInputPort, 'id' | 'status' | 'validUntil' | 'decidedOn' | 'mode'> {
    const status = STATUSES.find((each) => each === data['status']);
    // a guess would grant or revoke access: an unknown status is an error
    if (status === undefined) throw this.wrong();
    const access = { id: this.id(data['id']), status };
    if (data['current_request'] === undefined) return access;
    const request = this.object(data['current_request']);
    const until = this.optional(request['valid_until']) ?? null;
    if (until !== null && !DAY.test(until)) throw this.wrong();
    const decidedOn = dateIn(request['decided_on']) ?? dateIn(request['valid_from']);
    const mode = isNone(request['access_mode'])
      ? undefined
      : this.text(this.object(request['access_mode'])['name']);
    return {
      ...access,
      validUntil: until?.slice(0, DAY_LENGTH) ?? null,
      ...(decidedOn !== undefined && { decidedOn }),
      ...(mode !== undefined && { mode }),
    };
  }

  private placeOf(place: Json): Asset | undefined {
    const text = (name: string): string => this.optional(place[name]) ?? '';
    if (place['configuration_type'] === S3_ASSET)
      return { bucket: text('bucket'), suffix: text('suffix'), path: text('path') };
    if (place['configuration_type'] !== POSTGRES_ASSET) return undefined;
    return { database: text('database'), schema: text('schema'), table: text('table') };
  }

  private optional(answer: unknown): string | undefined {
    return isNone(answer) ? undefined : this.text(answer);
  }

  private idIn(answer: unknown): string {
    return isNone(answer) ? '' : this.id(this.object(answer)['id']);
  }

  private wrong(): Error {
    return unreadable(this.doing);
  }
}

function isNone(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A day, or a time in UTC: the portal writes its own times without a zone. Undefined for anything else: the date is only shown. */
function dateIn(value: unknown): string | undefined {
  if (typeof value !== 'string' || !DAY.test(value)) return undefined;
  if (value.length === DAY_LENGTH) return value;
  const moment = new Date(/(Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}
