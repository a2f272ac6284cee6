/**
 * Calls `stop` once, at the first SIGINT, SIGTERM or SIGHUP, and `kill` at a second one. Under npm the end of npm
 * itself counts as a request too: npm and the shell between die of some signals without passing them on.
 */
export function onStopRequest(stop: (reason: string) => unknown, kill: () => unknown): void {
  let firstAt: number | undefined;
  const request = (reason: string) => {
    if (firstAt === undefined) {
      firstAt = Date.now();
      stop(reason);
    } else if (Date.now() - firstAt > 500) {
      // One Ctrl-C arrives twice within milliseconds, from the terminal and from npm.
      kill();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => request(signal));
  // A reader that went away (`npm start | head`) must not end us before we have ended what we started.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    request('end of npm');
  }, 500);
  watch.unref();
}
