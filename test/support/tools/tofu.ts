import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTofu, isBuilt, missingForTofu } from '../../../scripts/servers/tofu.mjs';
import { hasPostgres } from '../servers/postgres.js';
import { tempDir } from '../service/temp.js';
import { ToolStack } from './stack.js';

/** A limit for `beforeAll`: the first suite on a new machine waits until OpenTofu is built. */
export const TOFU_START_MS = 45 * 60_000;

/** For `(hasTofu() ? describe : describe.skip)(...)`; says what is missing. In CI nobody waits for a build that has not ended. */
export function hasTofu(): boolean {
  const isLate = process.env.CI !== undefined && !process.env.TOFU_BINARY && !isBuilt();
  const missing = isLate ? 'OpenTofu is still being built' : missingForTofu();
  if (missing !== undefined) console.warn(`Tests with OpenTofu are skipped: ${missing}`);
  return missing === undefined && hasPostgres();
}

/** A worker that runs OpenTofu. `wrap`: a script that is run instead, and is given the path of the program. */
export async function startTofuStack(
  providers: Record<string, string>,
  env: Record<string, string> = {},
  wrap?: (tofu: string) => string,
): Promise<ToolStack> {
  const [tofu, data] = [await findTofu(), tempDir('tools')];
  const program = join(data, 'tofu');
  if (wrap) writeFileSync(program, wrap(tofu));
  if (wrap) chmodSync(program, 0o755);
  const tools = { WORKFLOW_TOOLS: 'tofu', TOFU_BINARY: wrap ? program : tofu, DATA_DIR: data };
  return ToolStack.start(providers, env, tools);
}
