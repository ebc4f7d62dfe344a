import type Scimmy from 'scimmy';
import { ScimError } from '../errors/scim-error.js';

let loaded: Promise<typeof Scimmy> | undefined;

/** The package, loaded at the first use: most services have no SCIM, and their start and memory stay as they are. */
export function scimmy(): Promise<typeof Scimmy> {
  loaded ??= import('scimmy').then(({ default: found }) => found);
  return loaded;
}

/** Runs what reads a message; what the package refuses is an error of SCIM, everything else is passed on. */
export async function reading<T>(read: (library: typeof Scimmy) => T | Promise<T>): Promise<T> {
  const library = await scimmy();
  try {
    return await read(library);
  } catch (error) {
    if (error instanceof library.Types.Error && error.status < 500)
      throw new ScimError('malformed_request', error.message, error.scimType);
    if (error instanceof TypeError) throw new ScimError('malformed_request', error.message, 'invalidValue');
    throw error;
  }
}
