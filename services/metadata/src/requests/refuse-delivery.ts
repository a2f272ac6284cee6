import { AppError } from '@wharf/service-kit';

/** What `reserve_delivery` refuses a delivery for, and in which words. `limit` is the request's. */
export const refusals = {
  unknown: () => requestNotFound(),
  closed: () => new AppError('request_closed', 'this request was closed'),
  expired: () => new AppError('request_expired', 'this request has expired'),
  file_size: (limit: string) => new AppError('file_too_large', `this request takes files of at most ${limit} bytes`),
  request_files: (limit: string) =>
    new AppError('request_full', `this request takes ${limit} files, and none more: all came or are on their way`),
  request_bytes: (limit: string) =>
    new AppError('request_full', `this request takes ${limit} bytes, and what is left is less than the file`),
};

export function refusalOf(outcome: keyof typeof refusals, limit: string | null | undefined): AppError {
  return refusals[outcome](limit ?? '');
}

/** In the same words for a request that is not there and for one that is somebody else's. */
export function requestNotFound(): AppError {
  return new AppError('request_not_found', 'no such file request');
}
