import type { Command } from 'commander';
import type { Shown } from './output/output.js';

/** Declares a command: its action gives what is to be shown. */
export type Declare = (
  parent: Command,
  spec: string,
  description: string,
  action: (...given: never[]) => Promise<Shown | undefined>,
) => Command;
