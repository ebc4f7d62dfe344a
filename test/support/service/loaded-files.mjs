// Loaded into a service by --import: writes the URL of each module that it loads into the file LOADED_FILES.
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

registerHooks({
  load(url, context, next) {
    appendFileSync(process.env.LOADED_FILES, `${url}\n`);
    return next(url, context);
  },
});
