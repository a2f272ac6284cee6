import path from 'node:path';
import TestSequencer from '@jest/test-sequencer';

/** Seconds, roughly, of what takes longer than half a minute. */
const known = new Map(
  Object.entries({
    'services/janitor/test/audit.int.test.ts': 180,
    'e2e/attacks.e2e.test.ts': 170,
    'e2e/reads.e2e.test.ts': 150,
    'e2e/rolling-restart.e2e.test.ts': 140,
    'e2e/quota-deaths.e2e.test.ts': 80,
    'e2e/access-matrix.e2e.test.ts': 70,
    'e2e/power-cut.e2e.test.ts': 75,
    'e2e/jetstream-troubles.e2e.test.ts': 75,
    'e2e/page-uploads.e2e.test.ts': 70,
    'e2e/paging.e2e.test.ts': 45,
    'e2e/page-screens.e2e.test.ts': 45,
    'libs/object-store/test/s3.int.test.ts': 45,
    'e2e/page-sharing.e2e.test.ts': 45,
    'e2e/recovery.e2e.test.ts': 40,
    'libs/object-store/test/directory.int.test.ts': 40,
    'e2e/silent-store.e2e.test.ts': 40,
    'services/gateway/test/zip-writer.int.test.ts': 35,
    'e2e/sessions.e2e.test.ts': 35,
    'e2e/attachment-ends.e2e.test.ts': 40,
    'e2e/session-cookies.e2e.test.ts': 50,
    'e2e/hidden-files.e2e.test.ts': 50,
    'e2e/chaos.e2e.test.ts': 200,
    'e2e/resumable-clients.e2e.test.ts': 40,
    'e2e/pipeline.e2e.test.ts': 100,
    'cli/test/backup.int.test.ts': 90,
    'e2e/outages.e2e.test.ts': 80,
    'e2e/sent-bytes.e2e.test.ts': 75,
    'e2e/swagger-ui.e2e.test.ts': 60,
    'services/metadata/test/claims-races.int.test.ts': 60,
    'services/metadata/test/ledger.int.test.ts': 60,
    'services/metadata/test/quota-races.int.test.ts': 45,
    'e2e/owners.e2e.test.ts': 45,
    'e2e/limits.e2e.test.ts': 50,
    'e2e/wharf-client-deaths.e2e.test.ts': 45,
    'e2e/wharf-client.e2e.test.ts': 35,
    'cli/test/transfers.int.test.ts': 35,
    'e2e/idempotency-deaths.e2e.test.ts': 50,
    'e2e/start-rights.e2e.test.ts': 50,
    'e2e/start-access.e2e.test.ts': 45,
    'services/metadata/test/list-plans.int.test.ts': 85,
    'cli/test/dead-letters.int.test.ts': 45,
    'cli/test/audit.int.test.ts': 45,
    'e2e/relay.e2e.test.ts': 120,
    'e2e/current-records.e2e.test.ts': 45,
    'cli/test/replay.int.test.ts': 40,
    'e2e/clients.e2e.test.ts': 40,
    'e2e/full-volume.e2e.test.ts': 40,
    'libs/object-store/test/s3.faults.int.test.ts': 40,
    'services/gateway/test/random-splits.int.test.ts': 35,
    'services/metadata/test/interruptions.int.test.ts': 35,
    'services/metadata/test/postgres-outages.int.test.ts': 35,
  }),
);
const ofOthers = 10;

/**
 * Jest begins with the files that took longest the last time, so that none of them runs alone at the end. A checkout that has not run any yet,
 * such as one of CI, would go by their sizes instead: the longest are among the smallest.
 */
export default class LongestFirst extends TestSequencer {
  time(test) {
    const file = path.relative(test.context.config.rootDir, test.path);
    return super.time(test) ?? (known.get(file) ?? ofOthers) * 1000;
  }
}
