import { CreateUser, Email, Password, SetPassword, UpdateUser } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import type { Environment } from '@wharf/service-kit/load-config';
import { Command, InvalidArgumentError } from 'commander';
import { findUser, listAllUsers, operator } from './find-users.js';
import { say, withExamples } from './gateway-command.js';
import { generatePassword, readPassword } from './read-password.js';
import { UsageError } from './run-program.js';
import { table } from './table.js';
import { withBus } from './with-bus.js';

/** `wharf users add | list | set-password | disable | enable`. */
export function addUserCommands(program: Command, environment: Environment): void {
  const group = program.command('users').description('Who may log in');
  group.addCommand(withExamples(addCommand(environment), 'wharf users add --email anna@example.org --admin'));
  group.addCommand(withExamples(listCommand(environment), 'wharf users list --json'));
  group.addCommand(withExamples(setPasswordCommand(environment), 'wharf users set-password bob@example.org'));
  group.addCommand(disabledCommand(environment, 'disable', true, 'Ends the sessions of a user; its keys are refused'));
  group.addCommand(disabledCommand(environment, 'enable', false, 'Lets a user who was disabled log in again'));
}

interface NewUserFlags {
  email: string;
  admin?: boolean;
  passwordStdin?: boolean;
  json?: boolean;
}

/** No password is an argument, which everybody on the machine could read in the list of processes. */
function addCommand(environment: Environment): Command {
  return new Command('add')
    .description('Makes a user; its password is generated, and printed once')
    .requiredOption('--email <address>', 'by which the user logs in', parseEmail)
    .option('--admin', 'with every right')
    .option('--password-stdin', 'the password is the first line of standard input')
    .option('--json', 'for programs: one JSON object')
    .action(async ({ admin, email, json, passwordStdin }: NewUserFlags) => {
      const password = await choosePassword(passwordStdin);
      const role = admin ? 'admin' : 'user';
      const user = await withBus(environment, (bus) => callRpc(bus, CreateUser, { email, password, role }));
      if (json) return say(JSON.stringify({ ...user, ...(!passwordStdin && { password }) }));
      say(`${user.id} is made`);
      if (!passwordStdin) say(`password: ${password}`);
    });
}

function setPasswordCommand(environment: Environment): Command {
  return new Command('set-password')
    .description('Gives a user another password, generated and printed once; its sessions end, its keys go on')
    .argument('<user>', 'its id or its address')
    .option('--password-stdin', 'the password is the first line of standard input')
    .option('--json', 'for programs: one JSON object')
    .action(async (text: string, { json, passwordStdin }: { passwordStdin?: boolean; json?: boolean }) => {
      const password = await choosePassword(passwordStdin);
      const id = await withBus(environment, async (bus) => {
        const user = await findUser(bus, text);
        await callRpc(bus, SetPassword, { user_id: user.id, password });
        return user.id;
      });
      if (json) return say(JSON.stringify({ id, ...(!passwordStdin && { password }) }));
      say(`${id} has another password`);
      if (!passwordStdin) say(`password: ${password}`);
    });
}

async function choosePassword(isGiven: boolean | undefined): Promise<string> {
  const password = isGiven ? await readPassword(process.stdin) : generatePassword();
  const problem = Password.safeParse(password).error?.issues[0]?.message;
  if (problem !== undefined) throw new UsageError(`this is no password: ${problem}`);
  return password;
}

function listCommand(environment: Environment): Command {
  return new Command('list')
    .description('Lists them in the order of their registration')
    .option('--json', 'one JSON object a line')
    .action(({ json }: { json?: boolean }) =>
      withBus(environment, async (bus) => {
        const rows: string[][] = [];
        for await (const user of listAllUsers(bus)) {
          if (json) say(JSON.stringify(user));
          else rows.push([user.id, user.role, user.disabled ? 'disabled' : '', user.last_login_at ?? '', user.email]);
        }
        if (json) return;
        process.stdout.write(
          rows.length === 0 ? 'There are no users.\n' : table(['ID', 'ROLE', 'STATE', 'LAST LOGIN', 'ADDRESS'], rows),
        );
      }),
    );
}

function disabledCommand(environment: Environment, name: string, disabled: boolean, description: string): Command {
  return new Command(name)
    .description(description)
    .addHelpText('after', `\nExample:\n  wharf users ${name} bob@example.org\n`)
    .argument('<user>', 'its id or its address')
    .option('--json', 'for programs: one JSON object')
    .action((text: string, { json }: { json?: boolean }) =>
      withBus(environment, async (bus) => {
        const { id } = await findUser(bus, text);
        await callRpc(bus, UpdateUser, { caller: operator, user_id: id, changes: { disabled } });
        say(json ? JSON.stringify({ id, disabled }) : `${id} is ${name}d`);
      }),
    );
}

function parseEmail(text: string): string {
  const email = Email.safeParse(text);
  if (!email.success) throw new InvalidArgumentError('An address is such as name@example.org.');
  return email.data;
}
