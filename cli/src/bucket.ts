import type { Environment } from '@wharf/service-kit/load-config';
import type { Command } from 'commander';
import { withExamples } from './gateway-command.js';

/** `wharf bucket`: what the bucket permits clients that send and read without a gateway in between. */
export function addBucketCommand(program: Command, environment: Environment): void {
  const command = program
    .command('bucket')
    .description('Sets the bucket up for attachments: CORS, lifecycle, who may read; with the environment of a gateway')
    .option('--public-read', 'anybody may read the files in it, as a CDN needs it; nobody may unless given')
    .option('--json', 'for programs: one JSON object')
    .action(async ({ json, publicRead = false }: { publicRead?: boolean; json?: boolean }) => {
      const { setUpBucket } = await import('./bucket/set-up-bucket.js');
      await setUpBucket(environment, { isPublic: publicRead, isJson: json === true });
    });
  withExamples(command, 'CORS_ORIGINS=https://app.example.org wharf bucket');
}
