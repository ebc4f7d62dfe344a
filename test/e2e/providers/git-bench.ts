import { Secret } from '../../../src/common/secret.js';
import type { GitConfig } from '../../../src/providers/sources/git/git-address.js';
import { type GitFiles, type GitSpec, readGit } from '../../../src/providers/sources/git/git-source.js';
import { SourceError } from '../../../src/providers/sources/source-error.js';
import { type Entry, type GitRepository, GitServer } from '../../support/servers/git-server.js';

export const TOKEN = 'git-token-of-the-test';
export const FILES = { 'provider.yaml': 'name: geo\n', 'workflows/a.yaml': 'name: a\n' };

/** Where an error is, and what it says. */
export async function refusal(reading: Promise<GitFiles>): Promise<[object | undefined, string]> {
  try {
    return [undefined, JSON.stringify(await reading)];
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return [error.about, error.message];
  }
}

/** A Git server with repositories, and a configuration that allows it. */
export class GitBench {
  readonly server = new GitServer();
  config!: GitConfig;
  private count = 0;

  async start(): Promise<void> {
    const { host } = await this.server.start();
    const forge = { name: 'forge', host, username: 'git', token: new Secret(TOKEN), teams: ['Geo'] };
    this.config = { hosts: [host], privateHosts: [], insecure: true, tokens: [forge] };
  }

  /** What a test has made of the server. */
  forget(): void {
    this.server.token = undefined;
    this.server.instead = undefined;
  }

  repository = () => this.server.repository(`r${this.count++}`);

  specOf = (of: GitRepository, more: Partial<GitSpec> = {}): GitSpec => ({
    ...{
      git_url: this.server.urlOf(of),
      ref: null,
      path: '',
      pin: null,
      token_ref: null,
      verify: null,
      team: null,
    },
    ...more,
  });

  read = (of: GitRepository, more: Partial<GitSpec> = {}) => readGit(this.specOf(of, more), this.config);

  withFiles = (files: Record<string, Entry>) => {
    const made = this.repository();
    made.commit({ ...FILES, ...files });
    return made;
  };
}
