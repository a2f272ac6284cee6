import type { User } from '@wharf/contracts';
import type { Environment } from '@wharf/service-kit/load-config';
import type { Command } from 'commander';
import { type GatewayContext, type GatewayFlags, gatewayCommand, say, withGateway } from './gateway-command.js';
import { sizeText } from './parse-amounts.js';
import { printable } from './printable.js';

/** `wharf status`. */
export function addStatusCommand(program: Command, environment: Environment): void {
  const command = gatewayCommand(
    'status',
    'Says which gateway the commands reach, how it is, and who you are there; to admins, how all of Wharf is',
    'wharf status',
    'wharf status --json | jq .system.dead_letters',
  ).action((flags: GatewayFlags) =>
    withGateway(environment, flags, async (context) => {
      const status = await statusOf(context);
      if (flags.json) return say(JSON.stringify(status));
      for (const line of linesOf(status)) say(printable(line));
    }),
  );
  program.addCommand(command);
}

type Status = Awaited<ReturnType<typeof statusOf>>;

async function statusOf({ client, signal, url }: GatewayContext) {
  const health = await client.health({ signal });
  const user = await unlessRefused(client.auth.me({ signal }));
  const system = await unlessRefused(client.system.report({ signal }));
  return { url, health, user, system };
}

/** Null for what is not for this caller, or not for anybody here: under `AUTH=open` there are no users. */
async function unlessRefused<Found>(asking: Promise<Found>): Promise<Found | null> {
  try {
    return await asking;
  } catch (error) {
    const { status = 0 } = error as { status?: number };
    if (status >= 400 && status < 500) return null;
    throw error;
  }
}

function linesOf({ health, system, url, user }: Status): string[] {
  const checks = Object.entries(health.checks).map(([name, { detail, status }]) => `${name}: ${detail ?? status}`);
  const lines = [`gateway   ${url} is ${health.status} (${checks.join(', ')})`, `user      ${userText(user)}`];
  if (!system) return lines;
  for (const { name, replicas, status } of system.services)
    lines.push(`service   ${name}: ${status}, ${replicas} running`);
  for (const { ack_pending, name, pending } of system.consumers) {
    if (pending + ack_pending > 0) lines.push(`backlog   ${name}: ${pending} waiting, ${ack_pending} under way`);
  }
  const { free_bytes, total_bytes } = system.volume;
  lines.push(`volume    ${sizeText(free_bytes)} free of ${sizeText(total_bytes)}`);
  for (const [status, counted] of Object.entries(system.files.by_status)) {
    if (counted) lines.push(`files     ${counted.count} ${status}, ${sizeText(counted.bytes)}`);
  }
  lines.push(`letters   ${system.dead_letters} dead`);
  return lines;
}

function userText(user: User | null): string {
  return user ? `${user.email} (${user.role})` : 'nobody is logged in';
}
