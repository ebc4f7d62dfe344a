import type { AppConfig } from '../../config/app-config.js';
import { projectNameProblem } from '../project/project-name.js';

/** Why a product with this prefix gets no project; null if it gets one. */
export function noProjectReason({ products }: Pick<AppConfig, 'products'>, prefix: string): string | null {
  if (products.outputPath === undefined) return 'PROV_TEMPLATE_OUTPUT_PATH is not set';
  const rule = projectNameProblem(prefix);
  return rule === undefined ? null : `Its prefix cannot be the name of a folder: ${rule}`;
}
