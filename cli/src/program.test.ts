import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { buildProgram } from './program.js';

const program = await buildProgram({}, {});

function below(command: Command, path: string[] = []): { path: string; command: Command }[] {
  return command.commands.flatMap((each) => {
    const deeper = [...path, each.name()];
    return [{ path: deeper.join(' '), command: each }, ...below(each, deeper)];
  });
}

function helpOf(command: Command): string {
  const lines: string[] = [];
  command.configureOutput({ writeOut: (line) => void lines.push(line) }).outputHelp();
  return lines.join('');
}

const commands = below(program);

test('a command is built alone as it is among all', async () => {
  const one = await buildProgram({}, {}, 'links');
  expect(one.commands.map((each) => each.name())).toEqual(['share', 'links']);
  const all = await buildProgram({}, {}, 'nonsense');
  expect(all.commands.length).toBe(program.commands.length);
});

test('the commands are those of the manual', () => {
  expect(commands.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      'login',
      'logout',
      'upload',
      'download',
      'ls',
      'show',
      'share',
      'links revoke',
      'rm',
      'status',
    ]),
  );
  expect(helpOf(program)).toMatch(/Exit codes:\n +0 +done/);
});

test.each(commands)('the help of wharf $path has an example where it does something', ({ command, path }) => {
  const help = helpOf(command);
  const isGroup = command.commands.length > 0 && command.registeredArguments.length === 0 && !/Example/.test(help);
  expect({ help, hasExample: isGroup || new RegExp(`^Examples?:\n.*wharf ${path}\\b`, 'ms').test(help) }).toEqual({
    ...{ help, hasExample: true },
  });
});

test.each(commands.filter(({ command, path }) => command.commands.length === 0 && path !== 'completion'))(
  'wharf $path speaks to programs',
  ({ command }) => expect(command.options.map(({ long }) => long)).toContain('--json'),
);
