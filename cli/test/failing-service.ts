import { Controller, Module } from '@nestjs/common';
import { type EventOf, FileDeleted, FileSyncFailed } from '@wharf/contracts';
import { OnEvent, openWorker, startHandlers } from '@wharf/messaging/nest';
import { type AppError, loadConfig, type Running, sharedSettings } from '@wharf/service-kit';
import { testLogger } from '@wharf/test-kit';

/** Whether, and why, the event of this id fails. */
export type Judge = (id: string) => AppError | undefined;

/** A service of the given name that handles two subjects, notes what it handled, and fails as its judge says. */
export async function startFailingService(options: {
  name: string;
  natsUrl: string;
  judge: Judge;
  maxDeliver?: number;
}): Promise<Running & { handled: string[] }> {
  const handled: string[] = [];
  const handle = (id: string) => {
    const error = options.judge(id);
    if (error) throw error;
    handled.push(id);
  };

  @Controller()
  class Events {
    @OnEvent(FileSyncFailed)
    async onFileSyncFailed(event: EventOf<typeof FileSyncFailed>): Promise<void> {
      handle(event.id);
    }

    @OnEvent(FileDeleted)
    async onFileDeleted(event: EventOf<typeof FileDeleted>): Promise<void> {
      handle(event.id);
    }
  }

  @Module({ controllers: [Events] })
  class Service {}

  const config = {
    ...loadConfig(sharedSettings, { NATS_URL: options.natsUrl }),
    healthPort: 0,
    healthHost: '127.0.0.1',
  };
  const worker = await openWorker(options.name, config, testLogger, { streamLimits: { replicas: 1, maxAgeMs: 0 } });
  const limits = { concurrency: 1, maxDeliver: options.maxDeliver ?? 1 };
  const handlers = await startHandlers(worker, Service, limits);
  worker.lifecycle.onClose('handlers', () => handlers.close());
  return { url: worker.url, close: () => worker.close(), handled };
}
