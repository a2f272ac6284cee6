import { copyWays, startCopier } from '../copies/start-copier.ts';
import type { Workload } from './workload.ts';

/** Copies of one file to S3, which cloud-sync makes: through the object store of Wharf, and in the two ways at hand. */
export const copyWorkload: Workload = {
  id: 'W10',
  title: 'copies of 500 MB to S3 (Ceph RADOS Gateway)',
  unit: 'MB/s',
  status: 200,
  contestants: copyWays,
  async enter(name, { contestants }) {
    const copier = await contestants.keep(await startCopier(name, await contestants.copySource()));
    return {
      processes: () => [{ name: 'copier', pid: copier.pid }],
      serverProcesses: () => contestants.s3Processes(),
      run: () => copier.copy(),
    };
  },
};
