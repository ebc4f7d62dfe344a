import type { PolicyDocument, PolicyStatement } from '../../../src/madmin/types.js';
import { equals } from '../../../src/policy/documents.js';

type Statement = PolicyStatement & { Action: string[]; Resource: string[] };
export type Change = (statement: Statement, pick: number) => PolicyStatement | PolicyStatement[] | undefined;

const at = <T>(list: readonly T[], pick: number) => list[pick % list.length] as T;
const replaced = <T>(list: readonly T[], pick: number, value: (old: T) => T) =>
  list.map((old, index) => (index === pick % list.length ? value(old) : old));
const without = <T>(list: readonly T[], pick: number) =>
  list.filter((_, index) => index !== pick % list.length);
const isUnique = (arn: string) => arn.startsWith('arn:aws:s3:::-/');
/** Both say the prefixes of a list statement. */
const OPERATORS = ['ForAllValues:StringLike', 'StringLike'] as const;
type Operator = (typeof OPERATORS)[number];
const prefixesOf = ({ Condition }: Statement, operator: Operator = 'StringLike') =>
  Condition?.[operator]?.['s3:prefix'] as string[] | undefined;
const dateOf = ({ Condition }: Statement) => Condition?.DateLessThan?.['aws:CurrentTime'];

type PathChange = (paths: string[], pick: number) => string[];

/** A change of the prefixes in some of the operators of a list statement. */
const onPrefixes =
  (change: PathChange, operators: readonly Operator[] = OPERATORS): Change =>
  (statement, pick) => {
    const changed = operators.flatMap((operator) => {
      const prefixes = prefixesOf(statement, operator);
      return prefixes ? [[operator, { 's3:prefix': change(prefixes, pick) }] as const] : [];
    });
    return { ...statement, Condition: { ...statement.Condition, ...Object.fromEntries(changed) } };
  };

/** A change of the resources or, in a list statement, of the prefixes: they are the paths of a document. */
const onPaths =
  (change: PathChange): Change =>
  (statement, pick) =>
    prefixesOf(statement)
      ? onPrefixes(change)(statement, pick)
      : { ...statement, Resource: change(statement.Resource, pick) };
const onPath = (change: (path: string, pick: number) => string) =>
  onPaths((paths, pick) => replaced(paths, pick, (path) => change(path, pick)));
const withCondition =
  (condition: NonNullable<PolicyStatement['Condition']>): Change =>
  (statement) => ({ ...statement, Condition: { ...statement.Condition, ...condition } });
const withDate =
  (shift: number): Change =>
  (statement) => {
    const date = dateOf(statement);
    if (date === undefined) return undefined;
    const moved = new Date(Date.parse(String(date)) + shift).toISOString();
    return {
      ...statement,
      Condition: { ...statement.Condition, DateLessThan: { 'aws:CurrentTime': [moved] } },
    };
  };

/** Whether nothing in it is about objects or prefixes. */
const aboutBucket = (s: Statement) => !prefixesOf(s) && s.Resource.every((arn) => !arn.includes('/'));

/** Ways to break one statement. Nothing: the statement has nothing that could be broken in this way. */
export const CHANGES: Record<string, Change> = {
  'a path without its slash': onPath((path) => path.replace(/\/\*$/, '*')),
  'a star after a path': onPath((path) => path.replace(/([^*])$/, '$1*').replace('/*', '*')),
  'a star in a path': onPath((path) => path.replace(/[^/*](?=(\/\*)?$)/u, '*')),
  'a question mark in a path': onPath((path) => path.replace(/[^/*](?=(\/\*)?$)/u, '?')),
  'a shorter path': onPath((path) => path.replace(/[^/*](?=(\/\*)?$)/u, '')),
  'the folder above': onPath((path) => path.replace(/\/[^/]+(\/\*)?$/, '/*')),
  'no path at all': onPath((path) => (path.startsWith('arn:') ? 'arn:aws:s3:::*' : '*')),
  'a variable in a path': onPath((path) => path.replace(/\/\*$/, '/${aws:username}/*')),
  'another path, too': (s, pick) =>
    aboutBucket(s)
      ? undefined
      : onPaths((p) => [...p, at(p, 0).replace(/^(arn:aws:s3:::[^/]*\/)?.*$/, '$1q/*')])(s, pick),
  'a path forgotten': (statement, pick) =>
    prefixesOf(statement)
      ? onPaths(without)(statement, pick)
      : { ...statement, Resource: without(statement.Resource, pick) },
  'the whole bucket': (s) =>
    s.Resource.some((arn) => arn.includes('/'))
      ? { ...s, Resource: [at(s.Resource, 0).replace(/\/.*$/, '/*')] }
      : undefined,
  'every bucket': (s) => ({ ...s, Resource: [...s.Resource, 'arn:aws:s3:::*'] }),
  'another bucket': (s) => ({ ...s, Resource: s.Resource.map((arn) => arn.replace(':::', ':::x')) }),
  's3:*': (s) => ({ ...s, Action: ['s3:*'] }),
  'any action': (s) => ({ ...s, Action: ['*'] }),
  'a wildcard in an action': (s, pick) => ({
    ...s,
    Action: replaced(s.Action, pick, (a) => `${a.slice(0, 6)}*`),
  }),
  'another action, too': (s, pick) => {
    const more = [
      's3:PutObject',
      's3:DeleteBucket',
      's3:GetObjectVersion',
      's3:ListBucketVersions',
      'admin:CreateUser',
    ];
    const action = at(more, pick);
    return s.Action.includes(action) || !fits(action, s)
      ? undefined
      : { ...s, Action: [...s.Action, action] };
  },
  'an action forgotten': (s, pick) => ({ ...s, Action: without(s.Action, pick) }),
  NotAction: ({ Action, ...s }) => ({ ...s, NotAction: Action }),
  NotResource: ({ Resource, ...s }) => ({ ...s, NotResource: Resource }),
  denied: (s) => ({ ...s, Effect: 'Deny' }),
  'denied in part': (s) => [
    s,
    { ...s, Effect: 'Deny', Resource: s.Resource.map((arn) => arn.replace('/*', '/secret/*')) },
  ],
  'no conditions': ({ Condition, ...s }) => (Condition ? s : undefined),
  'no date': ({ Condition: { DateLessThan, ...Condition } = {}, ...s }) =>
    DateLessThan ? { ...s, Condition } : undefined,
  'a date a second later': withDate(1000),
  'a date a second earlier': withDate(-1000),
  'a date a year later': withDate(365 * 86_400_000),
  'a date for what has none': (s, pick) =>
    dateOf(s)
      ? undefined
      : withCondition({ DateLessThan: { 'aws:CurrentTime': ['2040-01-01T00:00:00Z'] } })(s, pick),
  'a beginning': withCondition({ DateGreaterThan: { 'aws:CurrentTime': ['2020-01-01T00:00:00Z'] } }),
  'the prefix turned round': ({ Condition: { StringLike, ...rest } = {}, ...s }) =>
    StringLike ? { ...s, Condition: { ...rest, StringNotLike: StringLike } } : undefined,
  'one of several prefixes is enough': ({
    Condition: { 'ForAllValues:StringLike': all, ...rest } = {},
    ...s
  }) => (all ? { ...s, Condition: rest } : undefined),
  'one of several prefixes is enough, said twice': ({
    Condition: { 'ForAllValues:StringLike': all, ...rest } = {},
    ...s
  }) => (all ? { ...s, Condition: { ...rest, 'ForAnyValue:StringLike': all } } : undefined),
  'no prefix is enough': ({ Condition: { StringLike, ...rest } = {}, ...s }) =>
    StringLike ? { ...s, Condition: rest } : undefined,
  'all of several prefixes turned round': ({
    Condition: { 'ForAllValues:StringLike': all, ...rest } = {},
    ...s
  }) => (all ? { ...s, Condition: { ...rest, 'ForAllValues:StringNotLike': all } } : undefined),
  'a condition on the user': withCondition({ StringEquals: { 'aws:username': ['alice'] } }),
  'a condition on the delimiter': withCondition({ StringEquals: { 's3:delimiter': ['/'] } }),
  'left out': () => [],
  'an extra statement': (s) => [
    s,
    {
      Effect: 'Allow',
      Action: ['s3:GetObject'],
      Resource: ['arn:aws:s3:::cdm-lake/users-warehouse/bob/x/*'],
    },
  ],
  'an extra listing by delimiter': (s) => [
    s,
    {
      Effect: 'Allow',
      Action: ['s3:ListBucket'],
      Resource: ['arn:aws:s3:::cdm-lake'],
      Condition: { StringEquals: { 's3:delimiter': ['/'] } },
    },
  ],
};

/** Changes of what one operator says of the prefixes: the other does not make up for it. */
const OF_PREFIXES: Record<string, PathChange> = {
  'a prefix without its slash': (paths, pick) => replaced(paths, pick, (path) => path.replace(/\/\*$/, '*')),
  'a star in a prefix': (paths, pick) =>
    replaced(paths, pick, (path) => path.replace(/[^/*](?=\/\*$)/u, '*')),
  'a shorter prefix': (paths, pick) => replaced(paths, pick, (path) => path.replace(/[^/*](?=\/\*$)/u, '')),
  'a prefix forgotten': without,
  'another prefix, too': (paths) => [...paths, 'q/*'],
};
for (const operator of OPERATORS) {
  for (const [name, change] of Object.entries(OF_PREFIXES)) {
    CHANGES[`${name} in ${operator} alone`] = (statement, pick) =>
      // where StringLike asks for anything, it does not matter what else it says
      prefixesOf(statement, operator)?.includes('*') === false
        ? onPrefixes(change, [operator])(statement, pick)
        : undefined;
  }
}
CHANGES['any prefix, too, in ForAllValues alone'] = onPrefixes(
  (paths) => [...paths, '*'],
  ['ForAllValues:StringLike'],
);

/** An action on objects changes nothing in a statement about a bucket, nor the reverse. */
function fits(action: string, { Resource }: Statement): boolean {
  const onBucket = Resource.some((arn) => !arn.includes('/'));
  return action.startsWith('admin:') || onBucket === action.includes('Bucket');
}

/** The document with one statement broken, or nothing where it means the same. */
export function broken(
  document: PolicyDocument,
  change: Change,
  statement: number,
  pick: number,
): PolicyDocument | undefined {
  const target = at(document.Statement, statement) as Statement;
  const unique = (target.Resource ?? []).filter(isUnique);
  // The unique ARN of a list statement gives nothing: breaking it breaks nothing.
  const changed = change(
    { ...target, Resource: (target.Resource ?? []).filter((arn) => !isUnique(arn)) },
    pick,
  );
  if (changed === undefined) return undefined;
  const list = [changed]
    .flat()
    .map((s) => ('Resource' in s ? { ...s, Resource: [...(s.Resource as string[]), ...unique] } : s));
  const Statement = document.Statement.flatMap((s) => (s === target ? list : [s]));
  const result = { ...document, Statement };
  return equals(result, document) ? undefined : result;
}
