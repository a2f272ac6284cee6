import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  type INestMicroservice,
  type LoggerService,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Logger } from '@wharf/service-kit';
import { type Observable, throwError } from 'rxjs';
import { JetStreamStrategy, type JetStreamStrategyOptions } from './jetstream.strategy.js';

export type NestModule = Parameters<typeof NestFactory.createMicroservice>[0];

/** Starts a Nest module as a microservice on NATS. Its handlers' errors reach the edge as they were thrown. */
export async function startNestService(
  module: NestModule,
  options: JetStreamStrategyOptions,
): Promise<INestMicroservice> {
  const app = await NestFactory.createMicroservice(module, {
    strategy: new JetStreamStrategy(options),
    logger: nestLogger(options.logger),
    abortOnError: false,
  });
  app.useGlobalFilters(new OriginalErrorFilter());
  await app.listen();
  return app;
}

/** Without it Nest replaces every error by "Internal server error", and the code that decides its fate is lost. */
@Catch()
class OriginalErrorFilter implements ExceptionFilter {
  catch(error: unknown, _host: ArgumentsHost): Observable<never> {
    return throwError(() => error);
  }
}

function nestLogger(logger: Logger): LoggerService {
  return {
    log: (message) => logger.debug(message),
    warn: (message) => logger.warn(message),
    error: (message) => logger.error(message),
    fatal: (message) => logger.fatal(message),
    debug: (message) => logger.debug(message),
    verbose: (message) => logger.trace(message),
  };
}
