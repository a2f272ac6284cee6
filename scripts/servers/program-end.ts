import { killAllProcesses, stopAllProcesses } from './child-process.ts';
import { onStopRequest } from './stop-requests.ts';

export interface Closing {
  /** First, while there is time. */
  close?(): Promise<unknown>;
  /** Once the processes are gone, also when they had to be killed. */
  cleanUp?(): Promise<unknown>;
}

/**
 * How a program ends that starts servers in a scratch folder: what it gives ends all of them, removes the folder, and exits with a code. Requests to
 * stop end it by 130, and a second one kills what runs.
 */
export function programEnd(
  scratch: { remove(): void },
  { cleanUp, close }: Closing = {},
): (code: number) => Promise<void> {
  let isEnding = false;
  const end = async (code: number) => {
    // A request to stop makes what runs fail, and that ends here as well.
    if (isEnding) return;
    isEnding = true;
    await close?.();
    await stopAllProcesses();
    await cleanUp?.();
    scratch.remove();
    process.exit(code);
  };
  const endAtOnce = async () => {
    await killAllProcesses();
    await cleanUp?.();
    scratch.remove();
    process.exit(130);
  };
  onStopRequest(() => end(130), endAtOnce);
  return end;
}
