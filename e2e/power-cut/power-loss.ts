import type { LoopDisk } from './loop-disk.ts';

/**
 * Cuts the power of the disk under processes. They are frozen first: no process of a machine that loses its power gets to react to that, and
 * closing its files, as the end of a process does, could bring more of them to the disk.
 */
export async function losePower(
  disk: LoopDisk,
  { pids, kill }: { pids(): number[]; kill(): Promise<unknown> },
): Promise<void> {
  // What begins another process meanwhile is frozen with it in the second round.
  for (let round = 0; round < 2; round++) for (const pid of pids()) signal(pid, 'SIGSTOP');
  disk.cutPower();
  await kill();
  await disk.unmount();
  disk.mount();
}

/** To a process that may be gone already. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
