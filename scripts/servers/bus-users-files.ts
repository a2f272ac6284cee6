import path from 'node:path';
import { serverConfig } from '@wharf/messaging/users';

const deploy = path.resolve(import.meta.dirname, '../../deploy');

const about = [
  '# Who may what on the bus, for nats-server 2.9 and later. Written by `npm run write-bus-users` from libs/messaging/src/users: do not edit.',
  "# Passwords come from nats-server's environment: letters and digits, a letter first; or a bcrypt hash within quotes, the quotes included.",
];

interface WrittenFile {
  file: string;
  content(integrators: readonly string[]): string;
}

/** What a nats-server includes. */
export const busUsersFile: WrittenFile = {
  file: path.join(deploy, 'nats/users.conf'),
  content: (integrators) => [...about, '', serverConfig(integrators)].join('\n'),
};

/** The same beside the nats-server of Kubernetes: kustomize takes files of its own folder alone. */
export const busUsersInKubernetes: WrittenFile = {
  ...busUsersFile,
  file: path.join(deploy, 'k8s/nats/users.conf'),
};
