import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { Finding } from '../../documents/model.js';
import { NO_POLICY, type Policy } from '../policy.js';
import { readPolicy } from './read-policy.js';

/** How the policy file is. */
export interface PolicyState {
  /** Undefined: none is configured. */
  file: string | undefined;
  policy: Policy;
  /** What is wrong with the file as it is now; the last valid one counts. */
  errors: readonly Finding[];
  warnings: readonly Finding[];
}

/** The policy of WORKFLOW_POLICY_FILE, read again when the file has changed. A file that is not valid changes nothing. */
@Injectable()
export class PolicyFile {
  private readonly logger = new Logger('PolicyFile');
  readonly #path: string | undefined;
  #stamp: string | undefined;
  #state: PolicyState;

  /** Throws if the file is not valid: the start fails. */
  constructor({ workflows }: AppConfig) {
    this.#path = workflows.policyFile;
    this.#state = { file: undefined, policy: NO_POLICY, errors: [], warnings: [] };
    const { errors } = this.state;
    if (errors.length > 0)
      throw new Error(['WORKFLOW_POLICY_FILE is not valid:', ...errors.map(lineOf)].join('\n  '));
  }

  get current(): Policy {
    return this.state.policy;
  }

  get state(): PolicyState {
    if (this.#path === undefined) return this.#state;
    const stamp = stampOf(this.#path);
    if (stamp !== this.#stamp) {
      this.#stamp = stamp;
      this.#state = this.read(this.#path);
    }
    return this.#state;
  }

  private read(path: string): PolicyState {
    const file = basename(path);
    const { value, errors, warnings } = readPolicy(file, textOf(path));
    for (const each of errors) this.logger.error(`the policy stays as it was: ${lineOf(each)}`);
    return { file, policy: value ?? this.#state.policy, errors, warnings };
  }
}

function lineOf({ file, line, column, message }: Finding): string {
  return `${file}:${line}:${column} ${message}`;
}

function stampOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return 'missing';
  }
}

/** A file that cannot be read is an empty one, which is no valid policy. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
