import type { Command } from 'commander';
import type { Declare } from './declare.js';
import { CtlError, EXIT, type ExitCode } from './exit-codes.js';
import { problemText, Refusal } from './http/problems.js';
import { type Format, FORMATS, show, showFailure } from './output/output.js';
import { addOfflineCommands } from './offline-commands.js';
import { addOnlineCommands } from './online-commands.js';

/** What the command line was called with, as far as a failure has to say. */
interface Called {
  format: Format;
  /** The Score file in the arguments: the service calls it `score.yaml`. */
  score?: string | undefined;
}

const HELP = `
Environment:
  MINIO_MANAGER_URL         the address of the service
  MINIO_MANAGER_TOKEN       your token, or in a file: MINIO_MANAGER_TOKEN_FILE

Exit codes: 0 done, 1 failed, 2 usage or an invalid file, 3 waits, 4 refused`;

/** Carries out a command line; the exit code. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  const called: Called = { format: 'text' };
  let exit: ExitCode = EXIT.done;
  try {
    const program = await programOf(called, (code) => (exit = code));
    await program.parseAsync([...argv]);
    return exit;
  } catch (error) {
    return failed(error, called);
  }
}

async function programOf(called: Called, ended: (exit: ExitCode) => void): Promise<Command> {
  const { Command, Option } = await import('commander');
  const program = new Command('minio-managerctl')
    .description('Providers, golden paths, runs and approvals of a minio-manager')
    .addHelpText('after', HELP)
    .exitOverride()
    .showSuggestionAfterError()
    .helpCommand('help [command]', 'show help of a command');
  const declare: Declare = (parent, spec, description, action) =>
    parent
      .command(spec)
      .description(description)
      .addOption(new Option('-o, --output <format>', 'what is written').choices(FORMATS).default('text'))
      .action(async (...given: unknown[]) => {
        // the last is the command itself, the one before its options
        called.format = (given.at(-2) as { output: Format }).output;
        const [, score] = given;
        if (spec.startsWith('run ') && typeof score === 'string') called.score = score;
        const shown = await action(...(given.slice(0, -1) as never[]));
        if (!shown) return;
        await show(shown, called.format);
        ended(shown.exit ?? EXIT.done);
      });
  addOnlineCommands(program, declare);
  addOfflineCommands(program, declare);
  return program;
}

async function failed(error: unknown, { format, score }: Called): Promise<ExitCode> {
  if (error instanceof Refusal) {
    await showFailure(
      problemText(error.problem, score === undefined ? undefined : ['score.yaml', score]),
      error.problem,
      format,
    );
    return error.exit;
  }
  if (error instanceof CtlError) {
    const { message, details, exit } = error;
    await showFailure(
      [message, ...details.map((line) => `  ${line}`)].join('\n'),
      { message, details },
      format,
    );
    return exit;
  }
  const { code, exitCode, message } = error as { code?: unknown; exitCode?: number; message?: string };
  // commander has said what is wrong, or shown the help
  if (typeof code === 'string' && code.startsWith('commander.'))
    return exitCode === 0 ? EXIT.done : EXIT.usage;
  await showFailure(message ?? 'unknown failure', { message }, format);
  return EXIT.failed;
}
