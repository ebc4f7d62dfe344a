import type { Files, Provider, Reading } from '../../documents/model.js';

/** Reads the documents of a provider. The code is that of `documents`. */
export abstract class ProviderDocuments {
  abstract read(files: Files, options: { strict: boolean }): Reading<Provider>;
}
