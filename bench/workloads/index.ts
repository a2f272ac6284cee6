import { downloadWorkloads } from './downloads.ts';
import { uploadWorkloads } from './uploads.ts';
import type { Workload } from './workload.ts';

export const workloads: readonly Workload[] = [...uploadWorkloads, ...downloadWorkloads];
