import { AppError } from '@wharf/service-kit';
import { ErrorCode, NatsError } from 'nats';

/** A driver's error as an AppError: whatever NATS does not answer is `unavailable`. The part that is away is named. */
export function fromNatsError(error: unknown, doing: string): AppError {
  if (error instanceof AppError) return error;
  return new AppError('unavailable', `${reasonOf(error)} (while ${doing})`, { cause: error });
}

/** Why a request to another service has no answer: nobody is there, it takes too long, or NATS is away. */
export function fromRequestError(error: unknown, service: string, subject: string): AppError {
  if (error instanceof AppError) return error;
  const cause = { cause: error };
  if (hasCode(error, ErrorCode.NoResponders)) {
    return new AppError(
      'unavailable',
      `${service} is not there, or cannot reach its database (nobody answers ${subject})`,
      cause,
    );
  }
  if (hasCode(error, ErrorCode.Timeout)) {
    return new AppError('unavailable', `${service} did not answer ${subject} in time`, cause);
  }
  return fromNatsError(error, `asking ${subject}`);
}

const replicasWithoutCluster = 10074;
const noPeers = 10005;

/** Why there is no stream, in words; an operator reads them. */
export function explainJetStream(error: unknown, replicas: number | undefined): string {
  const cause = error instanceof AppError ? error.cause : error;
  const answer = cause instanceof NatsError ? cause.jsError() : undefined;
  if (answer?.err_code === replicasWithoutCluster || answer?.err_code === noPeers) {
    return `NATS_STREAM_REPLICAS=${replicas} needs as many servers with JetStream: ${answer.description}`;
  }
  if (answer) return `JetStream refuses: ${answer.description}`;
  return error instanceof AppError ? error.message : reasonOf(error);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof NatsError)) return 'NATS did not answer';
  switch (error.code) {
    case ErrorCode.NoResponders:
    case ErrorCode.JetStreamNotEnabled:
      return 'JetStream is not there: it is switched off, has no leader, or has no such stream';
    case ErrorCode.Timeout:
      return 'NATS, or the leader of its stream, did not answer in time';
    case ErrorCode.PermissionsViolation:
      return 'NATS does not permit it to this user (NATS_USER)';
    case ErrorCode.ConnectionClosed:
    case ErrorCode.Disconnect:
    case ErrorCode.ConnectionDraining:
      return 'NATS is not connected';
    default:
      return error.jsError()
        ? `JetStream refused: ${error.jsError()?.description}`
        : `NATS did not answer (${error.code})`;
  }
}

function hasCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof NatsError && error.code === code;
}
