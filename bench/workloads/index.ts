import { attachmentWorkload } from './attachments.ts';
import { copyWorkload } from './copies.ts';
import { downloadWorkloads } from './downloads.ts';
import { lifeWorkloads } from './lives.ts';
import { recordWorkload } from './records.ts';
import { resumableWorkloads } from './resumable.ts';
import { uploadWorkloads } from './uploads.ts';
import type { Workload } from './workload.ts';

export const workloads: readonly Workload[] = [
  ...uploadWorkloads,
  ...resumableWorkloads,
  attachmentWorkload,
  ...downloadWorkloads,
  copyWorkload,
  recordWorkload,
  ...lifeWorkloads,
];
