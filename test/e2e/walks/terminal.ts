import { Terminal } from '../../support/walks/pages.js';
import { tempDir } from '../../support/service/temp.js';
import { INSTALL_MS, installed } from './installation.js';
import type { Place } from './place.js';

/** alice, with docs/command-line.md and docs/sharing.md. */
export function terminal(place: Place): void {
  let shell: Terminal;

  beforeAll(async () => {
    const { path, compiled } = await installed(place, 'command-line.md');
    const env = { PATH: path, TOKEN: place.token('alice'), AWS_EC2_METADATA_DISABLED: 'true', ...compiled };
    shell = new Terminal(tempDir('terminal-home'), env);
  }, INSTALL_MS);

  it('before a log in, a command says what to do, and ends with 1', async () => {
    const { code, said } = await shell.failure('lake ls-shares');
    expect([code, said.trim().split('\n')]).toEqual([1, [expect.stringContaining('lake login')]]);
  });

  it('every block of command-line.md, from top to bottom, is done', async () => {
    const blocks = place.page('docs/command-line.md');
    expect(blocks.length).toBeGreaterThan(8);
    const said: string[] = [];
    for (const { language, text, line } of blocks) {
      expect([line, language]).toEqual([line, 'sh']);
      said.push(
        await shell.run(text).catch((error: any) => {
          throw new Error(`command-line.md:${line}\n${text}\n${error.stdout}${error.stderr}`);
        }),
      );
    }
    const all = said.join('\n');
    expect(all).not.toContain(place.token('alice'));
    // colours and cursors are for nobody's log
    expect(all).not.toContain('\u001b');
  });

  it('afterwards nobody is logged in, and nothing of hers is left in the home', async () => {
    expect((await shell.failure('lake whoami')).code).toBe(1);
    expect(await shell.run('grep -rlF "$TOKEN" . || true')).toBe('');
  });

  it('a share by curl, as sharing.md has it', async () => {
    const [block] = place.page('docs/sharing.md');
    const { results } = JSON.parse(await shell.run(block?.text ?? ''));
    expect(results).toMatchObject([{ name: 'bob', status: 'granted' }, { name: 'KBase' }]);
  });
}
