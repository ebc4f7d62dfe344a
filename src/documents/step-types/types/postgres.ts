import type { JsonSchema } from '../../model.js';
import { deliver, flag, object, secretRef, state, target, text } from '../schemas.js';
import type { StepType } from '../step-type.js';
import { asText, asTexts, deliveredTo, touched } from '../touched.js';

/** `pg_` is reserved by PostgreSQL, `minio_manager` for what steps keep there. */
const NAME = '^(?!pg_|minio_manager)[a-z][a-z0-9_-]{0,62}$';
const name = (description: string): JsonSchema => text(description, { pattern: NAME, maxLength: 63 });
const nameList = (description: string): JsonSchema => ({
  type: 'array',
  items: { type: 'string', pattern: NAME },
  maxItems: 50,
  uniqueItems: true,
  default: [],
  description,
});
const outText = (description: string): JsonSchema => ({ type: 'string', description });
const ADVICE = {
  host: outText('The host of the server'),
  port: { type: 'integer', description: 'Its port' },
};

/** A database. */
export const POSTGRES_DATABASE: StepType = {
  name: 'postgres.database',
  kind: 'postgres.database',
  target: 'postgres',
  description:
    'Creates a database that only its owner and who is granted it can connect to, or drops an empty one.',
  input: object(
    {
      target: target('postgres'),
      database: name('The database'),
      owner: name('The role that owns it; by default the one of this service'),
      extensions: {
        ...nameList('Extensions to install'),
        items: { type: 'string', pattern: '^[a-z][a-z0-9_-]{0,62}$' },
      },
      state,
    },
    ['database'],
  ),
  outputs: { database: outText('Its name'), ...ADVICE },
  example: { database: 'field', owner: 'field_owner' },
  plan: 'Shows whether the database would be created, and which owner and extensions would change.',
  apply:
    'Creates the database if it is missing, then sets owner and extensions; one that is not empty is never dropped.',
  undo: 'Drops the database if this run created it and nothing is in it; extensions that this run installed are dropped if nothing needs them.',
  touches: (input) => [
    ...touched('database', asText(input.database)),
    ...touched('role', asText(input.owner)),
  ],
};

/** A role, with or without a login. */
export const POSTGRES_ROLE: StepType = {
  name: 'postgres.role',
  kind: 'postgres.role',
  target: 'postgres',
  description:
    'Creates a role: one for grants, or one with a login whose password is delivered; or drops one.',
  input: object(
    {
      target: target('postgres'),
      role: name('The role'),
      login: flag('It can log in; `deliver` says where its password goes', false),
      member_of: nameList('Roles whose rights it has; others that it has stay'),
      database: name('The database that is delivered with the password'),
      rotate: flag('Make a new password, also if the role is there', false),
      deliver,
      state,
    },
    ['role'],
  ),
  outputs: { role: outText('Its name'), delivered: secretRef },
  example: {
    role: 'field_loader',
    login: true,
    member_of: ['field_owner'],
    deliver: { vault: { path: 'teams/field/database' } },
  },
  plan: 'Shows whether the role would be created, which memberships it would get, and where a password would be delivered.',
  apply:
    'Creates the role if it is missing and makes it a member; makes a password, delivers it and sets it together, or neither. A role that owns something, or has rights, is never dropped.',
  undo: 'Drops the role if this run created it and it owns nothing, and takes back what was delivered if nobody has changed it.',
  touches: (input) => [
    ...touched('role', asText(input.role), ...asTexts(input.member_of)),
    ...touched('database', asText(input.database)),
    ...deliveredTo(input.deliver),
  ],
};

/** Rights of a role in a database. */
export const POSTGRES_GRANTS: StepType = {
  name: 'postgres.grants',
  kind: 'postgres.grants',
  target: 'postgres',
  description: 'Gives a role rights in a schema of a database, for tables that are there and those to come.',
  input: object(
    {
      target: target('postgres'),
      database: name('The database'),
      schema: { ...name('The schema'), default: 'public' },
      role: name('The role that gets the rights'),
      access: {
        enum: ['read', 'write', 'create'],
        default: 'read',
        description: 'What it may do; `create`: also make tables',
      },
    },
    ['database', 'role'],
  ),
  outputs: { role: outText('The role') },
  example: { database: 'field', role: 'field_reader', access: 'read' },
  plan: 'Shows the rights that are missing.',
  apply: 'Grants the rights that are missing, in one transaction.',
  undo: 'Revokes the rights that this run granted.',
  touches: (input) => [
    ...touched('database', asText(input.database)),
    ...touched('role', asText(input.role)),
  ],
};

/** Changes of a database's schema. */
export const POSTGRES_MIGRATE: StepType = {
  name: 'postgres.migrate',
  kind: 'postgres.migrate',
  target: 'postgres',
  description: 'Runs SQL that was not run yet in a database, with the rights of a role and no others.',
  input: object(
    {
      target: target('postgres'),
      database: name('The database'),
      role: name(
        'Whose rights the SQL has, and who owns what it makes; by default the owner of the database',
      ),
      migrations: {
        type: 'array',
        minItems: 1,
        maxItems: 200,
        items: object(
          {
            name: text('Its name, unique in the database', {
              pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$',
              maxLength: 100,
            }),
            sql: text('The SQL, without BEGIN, COMMIT and ROLLBACK', { maxLength: 100_000 }),
          },
          ['name', 'sql'],
        ),
        description: 'In the order in which they run',
      },
    },
    ['database', 'migrations'],
  ),
  outputs: {
    applied: { type: 'array', items: { type: 'string' }, description: 'The migrations that were run' },
  },
  example: {
    database: 'field',
    role: 'field_owner',
    migrations: [{ name: '0001-samples', sql: 'create table sample (id bigint primary key)' }],
  },
  plan: 'Shows which migrations would run; one that has changed since it ran is refused.',
  apply: 'Runs what was not run yet, all of it in one transaction, and records name and checksum.',
  undo: null,
  touches: (input) => [
    ...touched('database', asText(input.database)),
    ...touched('role', asText(input.role)),
  ],
};

/** Steps that act on PostgreSQL. */
export const POSTGRES_STEPS: readonly StepType[] = [
  POSTGRES_DATABASE,
  POSTGRES_ROLE,
  POSTGRES_GRANTS,
  POSTGRES_MIGRATE,
];
