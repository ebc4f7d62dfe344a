import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { NoNul } from '../../common/http/validation.js';
import { ScimError } from '../errors/scim-error.js';
import { reading } from './scimmy.js';

const MOST = 200;
const whole = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value,
  );

/** Which attributes an answer has. */
export class ShownQuery {
  @IsOptional()
  @IsString()
  @MaxLength(1000)
  attributes?: string;

  @IsOptional()
  @IsString()
  @MaxLength(1000)
  excludedAttributes?: string;
}

/** Which resources, and which part of the list (RFC 7644, section 3.4.2). */
export class ListQuery extends ShownQuery {
  @IsOptional()
  @IsString()
  @MaxLength(1000)
  @NoNul()
  filter?: string;

  /** From 1; what is less counts as 1. */
  @whole()
  @IsInt()
  @Min(-1_000_000_000)
  @Max(1_000_000_000)
  startIndex: number = 1;

  @whole()
  @IsInt()
  @Min(-1_000_000_000)
  @Max(1_000_000_000)
  count: number = 100;

  @IsOptional()
  @IsString()
  @MaxLength(100)
  sortBy?: string;

  @IsOptional()
  @IsString()
  @MaxLength(100)
  sortOrder?: string;
}

/** A part of a list. */
export interface Part {
  offset: number;
  limit: number;
}

export function partOf({ startIndex, count }: ListQuery): Part {
  return { offset: Math.max(startIndex, 1) - 1, limit: Math.min(Math.max(count, 0), MOST) };
}

/** The texts that attributes must be equal to. */
export type Wanted<A extends string> = Partial<Record<A, string>>;

/**
 * A filter of the form `attribute eq "text"`, or several joined by `and`: what directories ask for. Throws `invalidFilter` for everything
 * else, so that nobody reads a whole list for the answer to a question that was not understood.
 */
export async function wantedOf<A extends string>(
  { filter }: ListQuery,
  attributes: readonly A[],
): Promise<Wanted<A>> {
  if (filter === undefined) return {};
  const parsed = await reading(
    ({ Types }) => [...new Types.Filter(filter)] as Record<string, unknown>[],
  ).catch(() => undefined);
  const [all, ...others] = parsed ?? [];
  if (!all || others.length > 0) throw notUnderstood(attributes);
  const wanted: Wanted<A> = {};
  for (const [name, comparison] of Object.entries(all)) {
    const attribute = attributes.find((each) => each.toLowerCase() === name.toLowerCase());
    const text = textOf(comparison);
    if (attribute === undefined || text === undefined) throw notUnderstood(attributes);
    wanted[attribute] = text;
  }
  return wanted;
}

/** `["eq", "text"]`; for `members` the package has `{value: ["eq", "text"]}` if it was asked so. */
function textOf(comparison: unknown): string | undefined {
  if (!Array.isArray(comparison)) {
    const { value } = (comparison ?? {}) as { value?: unknown };
    return value === undefined ? undefined : textOf(value);
  }
  const [operator, text, ...more] = comparison as unknown[];
  const isEqual = typeof operator === 'string' && operator.toLowerCase() === 'eq';
  return isEqual && typeof text === 'string' && more.length === 0 ? text : undefined;
}

function notUnderstood(attributes: readonly string[]): ScimError {
  return new ScimError(
    'malformed_request',
    `A filter is one or more of ${attributes.join(', ')} with eq and a text, joined by and`,
    'invalidFilter',
  );
}
