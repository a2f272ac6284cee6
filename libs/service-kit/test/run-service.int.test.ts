import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from '@jest/globals';

let service: ChildProcess | undefined;

afterEach(() => {
  service?.kill('SIGKILL');
});

/** Starts a service whose end does what `close` says, ends it by a signal, and returns its exit code and last line. */
async function endService(close: string): Promise<{ code: number; lastLine: { msg: string } }> {
  const program = `
    import { runService, sharedSettings } from '@wharf/service-kit';
    await runService({
      name: 'test',
      settings: sharedSettings,
      environment: { NATS_URL: 'nats://127.0.0.1:1' },
      arguments: [],
      contain: () => true,
      start: async () => {
        setInterval(() => undefined, 1000);
        return { url: 'http://127.0.0.1:1', close: async () => { ${close} } };
      },
    });`;
  const options = ['--input-type=module', '--eval', program];
  service = spawn(process.execPath, options, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(service, 'exit');
  let lastLine = '{}';
  for await (const line of createInterface({ input: service.stdout as NodeJS.ReadableStream })) {
    lastLine = line;
    if (line.includes('"started"')) service.kill('SIGTERM');
  }
  const [code] = await exited;
  return { code, lastLine: JSON.parse(lastLine) };
}

test('a service that is told to end closes, and exits with 0', async () => {
  expect(await endService('')).toMatchObject({ code: 0, lastLine: { msg: 'stopped' } });
});

test('a service that fails to close says so and exits with 1, whatever errors it contains otherwise', async () => {
  const ended = await endService("throw new Error('stuck');");
  expect(ended).toMatchObject({ code: 1, lastLine: { msg: 'could not close', error: { message: 'stuck' } } });
});
