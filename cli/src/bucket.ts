import type { Environment } from '@wharf/service-kit';
import type { Command } from 'commander';

/** `wharf bucket`: what the bucket permits clients that send and read without a gateway in between. */
export function addBucketCommand(program: Command, environment: Environment): void {
  program
    .command('bucket')
    .description('Sets the bucket up for attachments: CORS, lifecycle, who may read; with the environment of a gateway')
    .option('--public-read', 'anybody may read the files in it, as a CDN needs it; nobody may unless given')
    .action(async ({ publicRead = false }: { publicRead?: boolean }) => {
      const { setUpBucket } = await import('./bucket/set-up-bucket.js');
      await setUpBucket(environment, { isPublic: publicRead });
    });
}
