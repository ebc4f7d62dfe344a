import type { PolicyDocument, PolicyStatement } from '../../madmin/types.js';
import { hasVariable, strings } from '../matching/values.js';
import type { AnyDocument } from './weigh.js';

/** A foreign document that only allows, with its variables filled in; or why it cannot be taken apart, as a sentence. */
export type Fixed = { document: PolicyDocument } | { why: string };

const NAME_VARIABLES = ['${aws:username}', '${aws:userid}'];

/** `principal`: the MinIO user who has it; absent for a document of a group, whose members differ. */
export function fixed(source: AnyDocument, principal?: string): Fixed {
  if (!source) return { why: 'MinIO cannot show it.' };
  const document = principal === undefined ? source : filled(source, principal);
  if (!Array.isArray(document.Statement)) return { why: 'It has no list of statements.' };
  for (const statement of document.Statement) {
    const why = problemOf(statement);
    if (why !== undefined) return { why };
  }
  return { document };
}

function filled(source: PolicyDocument, principal: string): PolicyDocument {
  let text = JSON.stringify(source);
  // a principal contains nothing that JSON escapes
  for (const variable of NAME_VARIABLES) text = text.replaceAll(variable, principal);
  return JSON.parse(text) as PolicyDocument;
}

function problemOf(statement: PolicyStatement): string | undefined {
  const { Effect, NotAction, NotResource } = statement;
  if (Effect !== 'Allow') return 'It denies something, so more would be allowed without it.';
  if (NotAction !== undefined || NotResource !== undefined)
    return 'It says what it does not give (NotAction or NotResource).';
  if (textsOf(statement).some(hasVariable)) return 'What it gives depends on who asks (a policy variable).';
  return undefined;
}

function textsOf({ Resource, Condition = {} }: PolicyStatement): string[] {
  return [
    ...strings(Resource),
    ...Object.values(Condition).flatMap((keys) => Object.values(keys).flatMap((values) => strings(values))),
  ];
}
