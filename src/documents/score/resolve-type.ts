import type { ResourceType, Workflow } from '../model.js';
import { nearest } from '../nearest.js';

/** A type of resources that a provider offers to a run. */
export interface OfferedType {
  /** The name in the catalogue. */
  provider: string;
  /** How near the provider is to the run: 0 is the provider of the workflow that runs, 1 another one of the team, 2 one of the platform. */
  distance: number;
  type: ResourceType;
  /** The workflow that creates such a resource. */
  create: Workflow;
  /** The one that changes it; undefined: it cannot be changed. */
  update?: Workflow;
}

/** Why no provider, or not one alone, offers a type. */
export interface Unresolved {
  field: 'type' | 'class';
  message: string;
  suggestion?: string;
}

/**
 * The provider of a resource. A type that names the class counts more than one of every class, then the nearer provider. Several at the same
 * distance are refused: which one it is must not depend on an order that nobody sees.
 */
export function resolveType(
  type: string,
  wanted: string,
  offered: readonly OfferedType[],
): OfferedType | Unresolved {
  const ofType = offered.filter((each) => each.type.type === type);
  if (ofType.length === 0) return unknownType(type, offered);
  const fits = ofType.filter((each) => each.type.class === undefined || each.type.class === wanted);
  if (fits.length === 0) return unknownClass(type, wanted, ofType);
  const exact = fits.filter((each) => each.type.class === wanted);
  const among = exact.length > 0 ? exact : fits;
  const distance = Math.min(...among.map((each) => each.distance));
  const [found, ...others] = among.filter((each) => each.distance === distance);
  if (found && others.length === 0) return found;
  const names = [found, ...others].map((each) => `\`${each?.provider}\``).sort();
  return {
    field: 'type',
    message: `Several providers offer the type \`${type}\` with the class \`${wanted}\`: ${names.join(', ')}. Each needs a class of its own`,
  };
}

function unknownType(type: string, offered: readonly OfferedType[]): Unresolved {
  const types = [...new Set(offered.map((each) => each.type.type))].sort();
  const near = nearest(type, types);
  const only = types
    .slice(0, 10)
    .map((each) => `\`${each}\``)
    .join(', ');
  return {
    field: 'type',
    message: `There are no resources of the type \`${type}\`, ${only === '' ? 'and no provider offers any' : `only ${only}`}`,
    ...(near === undefined ? {} : { suggestion: near }),
  };
}

function unknownClass(type: string, wanted: string, offered: readonly OfferedType[]): Unresolved {
  const classes = [...new Set(offered.flatMap((each) => each.type.class ?? []))].sort();
  const suggestion = nearest(wanted, classes) ?? classes[0];
  return {
    field: 'class',
    message: `Resources of the type \`${type}\` have no class \`${wanted}\`, only ${classes.map((each) => `\`${each}\``).join(', ')}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}
