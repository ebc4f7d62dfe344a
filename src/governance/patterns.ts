import { LRUCache } from 'lru-cache';
import { RE2JS } from 're2js';
import type { NameKind, TouchedName } from '../documents/step-types/step-type.js';

/** Whose names the placeholders of a pattern stand for. */
export interface Whose {
  team: string;
  requester: string;
  /** The homes of the requester, as paths with a final slash; none for a service. */
  homes: readonly string[];
}

const compiled = new LRUCache<string, RE2JS>({ max: 2000 });

/**
 * Whether a pattern covers a name, as a whole. `*` stands for any letters but `/`, `**` for any at all; `{team}`, `{requester}` and `{home}`
 * for names of the run. Everything else stands for itself; of groups the case does not count.
 */
export function matchesName(pattern: string, { kind, name }: TouchedName, whose: Whose): boolean {
  const text = kind === 'path' ? normalPath(name) : kind === 'group' ? name.toLowerCase() : name;
  if (text === undefined) return false;
  return spelledOut(pattern, kind, whose).some((each) => expressionOf(each).matches(text));
}

/** The pattern with the names of the run in it, for people to read. */
export function readable(pattern: string, kind: NameKind, whose: Whose): string[] {
  return spelledOut(pattern, kind, whose).map((pieces) => pieces.map(({ text }) => text).join(''));
}

/** A part of a pattern: a name of the run stands for itself, even with a star in it. */
interface Piece {
  text: string;
  literal: boolean;
}

function spelledOut(pattern: string, kind: NameKind, { team, requester, homes }: Whose): Piece[][] {
  const names: Record<string, string> = {
    // the vault tells cases apart, and people write the team as it is called
    '{team}': kind === 'vault_path' ? team : team.toLowerCase(),
    '{requester}': requester,
  };
  const variants = pattern.includes('{home}') ? homes : [''];
  return variants.map((home) =>
    pattern.split(/(\{team\}|\{requester\}|\{home\}|\*\*|\*)/).map((text) => {
      if (text === '*' || text === '**') return { text, literal: false };
      if (text === '{home}') return { text: home, literal: true };
      const literal = names[text] ?? text;
      return { text: kind === 'group' ? literal.toLowerCase() : literal, literal: true };
    }),
  );
}

function expressionOf(pieces: readonly Piece[]): RE2JS {
  const source = pieces
    .map(({ text, literal }) => (literal ? RE2JS.quote(text) : text === '**' ? '[^\\n]*' : '[^/\\n]*'))
    .join('');
  const known = compiled.get(source) ?? RE2JS.compile(source);
  compiled.set(source, known);
  return known;
}

/** `s3://` and `s3a://` are the same, and a bucket is the folder of everything in it. Undefined: no path, or one that climbs. */
function normalPath(path: string): string | undefined {
  const rest = /^s3a?:\/\/(.+)$/s.exec(path)?.[1];
  if (rest === undefined || rest.split('/').some((segment) => segment === '.' || segment === '..'))
    return undefined;
  return `s3a://${rest.includes('/') ? rest : `${rest}/`}`;
}
