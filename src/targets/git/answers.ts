import type { Secret } from '../../common/secret.js';

/** What a repository is made with. */
export interface RepositorySettings {
  description: string;
  private: boolean;
  default_branch: string;
}

/** A repository, as the forge tells of it. */
export interface Repository extends RepositorySettings {
  /** Of this repository alone, also when another one gets its name. */
  id: number;
  full_name: string;
  clone_url: string;
  html_url: string;
  archived: boolean;
  forks_count: number;
  release_counter: number;
}

/** A branch, a tag, or what a pull request would merge. */
export interface Ref {
  /** Such as `refs/heads/main`. */
  ref: string;
  sha: string;
}

export interface Commit {
  sha: string;
  message: string;
  /** Nothing was there before it. */
  isFirst: boolean;
}

/** Files that are not there yet. */
export interface NewCommit {
  branch: string;
  message: string;
  files: Readonly<Record<string, string>>;
}

/** A file, a link or a submodule in a tree. */
export interface TreeEntry {
  path: string;
  mode: string;
  type: string;
  sha: string;
}

/** A webhook as it is to be. */
export interface WantedHook {
  url: string;
  events: readonly string[];
  secret: Secret | undefined;
}

/** A webhook, as the forge tells of it: without its secret. */
export interface Hook {
  active: boolean;
  events: string[];
  config: { url?: string };
}
